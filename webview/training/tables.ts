/** What the charts show, as tables. */
import * as l10n from "@vscode/l10n";
import type { TrainingHistogram } from "../../src/protocol/training";
import type { EvaluationPoint, TrainedLayer } from "../../src/protocol/training-page";
import { countText, decibelText, figureText, nameText, percentText } from "../shared/format";
import { SortableTable, type Column } from "../shared/sortable-table";
import { lossText } from "./sentences";

const EVALUATION_COLUMNS: readonly Column<EvaluationPoint>[] = [
  {
    id: "epoch",
    label: l10n.t("Epoch"),
    numeric: true,
    text: ({ epoch }) => countText(epoch),
    sortKey: ({ epoch }) => epoch,
  },
  {
    id: "step",
    label: l10n.t("Step"),
    numeric: true,
    text: ({ step }) => countText(step),
    sortKey: ({ step }) => step,
  },
  { id: "loss", label: l10n.t("Loss"), numeric: true, text: ({ loss }) => lossText(loss), sortKey: ({ loss }) => loss },
  {
    id: "accuracy",
    label: l10n.t("Accuracy"),
    numeric: true,
    text: ({ accuracy }) => (accuracy === null ? "" : percentText(accuracy)),
    sortKey: ({ accuracy }) => accuracy,
  },
  {
    id: "best",
    label: l10n.t("Best so far"),
    text: ({ isBest }) => (isBest ? l10n.t("yes") : ""),
    sortKey: ({ isBest }) => (isBest ? 1 : 0),
  },
];

export function evaluationTable(rows: readonly EvaluationPoint[]): HTMLElement {
  return new SortableTable({
    caption: l10n.t("Evaluations of the codes on the validation samples"),
    columns: EVALUATION_COLUMNS,
    rows,
    nameColumn: "epoch",
  }).element;
}

const LAYER_COLUMNS: readonly Column<TrainedLayer>[] = [
  { id: "name", label: l10n.t("Layer"), text: ({ name }) => nameText(name), sortKey: ({ name }) => name },
  {
    id: "before",
    label: l10n.t("Before training"),
    numeric: true,
    text: ({ before }) => decibelText(before),
    sortKey: ({ before }) => before ?? Infinity,
  },
  {
    id: "now",
    label: l10n.t("Now"),
    numeric: true,
    text: ({ now }) => decibelText(now),
    sortKey: ({ now }) => now ?? Infinity,
  },
];

export function layerTable(
  rows: readonly TrainedLayer[],
  onSelect: (layer: number) => void,
): SortableTable<TrainedLayer> {
  return new SortableTable({
    caption: l10n.t("SQNR of the weights"),
    columns: LAYER_COLUMNS,
    rows,
    nameColumn: "name",
    onSelect,
  });
}

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly weights: number;
  readonly codes: number;
}

const BIN_COLUMNS: readonly Column<Bin>[] = [
  {
    id: "range",
    label: l10n.t("From … to"),
    text: ({ from, to }) => `${figureText(from)} … ${figureText(to)}`,
    sortKey: ({ from }) => from,
  },
  {
    id: "weights",
    label: l10n.t("Float weights"),
    numeric: true,
    text: ({ weights }) => countText(weights),
    sortKey: ({ weights }) => weights,
  },
  {
    id: "codes",
    label: l10n.t("Codes"),
    numeric: true,
    text: ({ codes }) => countText(codes),
    sortKey: ({ codes }) => codes,
  },
];

export function weightsTable({ layer, step, min, max, counts, quantizedCounts }: TrainingHistogram): HTMLElement {
  const width = (max - min) / counts.length;
  const rows = counts.map((weights, index) => ({
    from: Number((min + index * width).toPrecision(6)),
    to: Number((min + (index + 1) * width).toPrecision(6)),
    weights,
    codes: quantizedCounts[index],
  }));
  return new SortableTable({
    caption: l10n.t("Weights of {0} at step {1}", nameText(layer), countText(step)),
    columns: BIN_COLUMNS,
    rows,
    nameColumn: "range",
  }).element;
}
