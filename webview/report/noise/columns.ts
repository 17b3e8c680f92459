/** The columns of the layer table where noise was measured. */
import * as l10n from "@vscode/l10n";
import type { DefinitionId } from "../../../src/protocol/definitions";
import type { LayerNoise } from "../../../src/protocol/noise";
import { decibelText } from "../../shared/format";
import type { Sort } from "../../shared/sort";
import type { Column } from "../../shared/sortable-table";
import { LAYER_COLUMNS, type LayerRow } from "../layer-table";
import { accuracyDropText, klText } from "./figures";

/** Sensitivity first: it is the ranking to act on. */
const NOISE_COLUMNS: readonly Column<LayerRow>[] = [
  sensitivity("kl", l10n.t("KL, nats"), klText, (noise) => noise.sensitivity?.klDivergence ?? null),
  sensitivity(
    "accuracyDrop",
    l10n.t("Accuracy drop"),
    accuracyDropText,
    (noise) => noise.sensitivity?.accuracyDrop ?? null,
  ),
  sensitivity(
    "output",
    l10n.t("Output"),
    ({ sensitivity: measured }) => (measured === null ? "" : decibelText(measured.outputDb)),
    ({ sensitivity: measured }) => (measured === null ? null : (measured.outputDb ?? Infinity)),
  ),
  ratio("weights", l10n.t("Weights"), ({ isolated }) => isolated.weightsDb),
  ratio("activations", l10n.t("Activations"), ({ isolated }) => isolated.activationsDb),
  ratio("both", l10n.t("Both"), ({ isolated }) => isolated.bothDb),
  ratio("predicted", l10n.t("Predicted"), ({ predicted }) => predicted.bothDb),
  ratio("bound", l10n.t("Bound"), ({ boundDb }) => boundDb),
  ratio("cumulative", l10n.t("Cumulative"), ({ cumulativeDb }) => cumulativeDb),
];

/** The rest stands with the selected layer: the figures are to fit beside each other. */
const BESIDE = ["index", "name"];

/** Without columns that no row has a value for. */
export function noiseColumns(rows: readonly LayerRow[]): Column<LayerRow>[] {
  const measured = NOISE_COLUMNS.filter((column) => rows.some((row) => column.sortKey(row) !== null));
  return [...LAYER_COLUMNS.filter(({ id }) => BESIDE.includes(id)), ...measured];
}

/** The most sensitive layer first; the noisiest where sensitivity was not measured. */
export function noiseSort(columns: readonly Column<LayerRow>[]): Sort {
  if (columns.some(({ id }) => id === "kl")) return { column: "kl", direction: "descending" };
  const column = columns.some(({ id }) => id === "output") ? "output" : "both";
  return { column, direction: "ascending" };
}

function sensitivity(
  id: DefinitionId,
  label: string,
  text: (noise: LayerNoise) => string,
  sortKey: (noise: LayerNoise) => number | null,
): Column<LayerRow> {
  return {
    id,
    label,
    definition: id,
    numeric: true,
    text: ({ layer }) => (layer.noise === null ? "" : text(layer.noise)),
    sortKey: ({ layer }) => (layer.noise === null ? null : sortKey(layer.noise)),
  };
}

/** A ratio that is null where there is no noise. */
function ratio(id: DefinitionId, label: string, decibels: (noise: LayerNoise) => number | null): Column<LayerRow> {
  return {
    id,
    label,
    definition: id,
    numeric: true,
    text: ({ layer }) => (layer.noise === null ? "" : decibelText(decibels(layer.noise))),
    sortKey: ({ layer }) => (layer.noise === null ? null : (decibels(layer.noise) ?? Infinity)),
  };
}
