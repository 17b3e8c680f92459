/** The tables of the comparison: outcomes for the network, and SQNR layer by layer. */
import * as l10n from "@vscode/l10n";
import type { EqualizationComparison, Quantity } from "../../src/protocol/equalization-comparison";
import { countText, decibelText, nameText, percentText, signedPercentText } from "../shared/format";
import { SortableTable, type Column } from "../shared/sortable-table";
import { outcomesOf, outcomeText, type Outcome } from "./outcomes";
import { quantityText } from "./sentences";

const COLUMNS: readonly Column<Outcome>[] = [
  { id: "name", label: l10n.t("Equalization"), text: outcomeText, sortKey: outcomeText },
  {
    id: "accuracy",
    label: l10n.t("Accuracy"),
    title: l10n.t("Share of the samples whose class the quantized model names first"),
    numeric: true,
    text: ({ model }) => (model.quantizedAccuracy === null ? "" : percentText(model.quantizedAccuracy)),
    sortKey: ({ model }) => model.quantizedAccuracy,
  },
  {
    id: "lost",
    label: l10n.t("Against float"),
    title: l10n.t("Accuracy gained or lost against the float model"),
    numeric: true,
    text: ({ model }) => {
      const change = accuracyChange(model);
      return change === null ? "" : `${change > 0 ? "+" : ""}${signedPercentText(change)}`;
    },
    sortKey: ({ model }) => accuracyChange(model),
  },
  {
    id: "agreement",
    label: l10n.t("Agreement"),
    title: l10n.t("Share of the samples for which the float and the quantized model choose the same class"),
    numeric: true,
    text: ({ model }) => (model.agreement === null ? "" : percentText(model.agreement)),
    sortKey: ({ model }) => model.agreement,
  },
  {
    id: "output",
    label: l10n.t("Output SQNR"),
    numeric: true,
    text: ({ model }) => (model.outputExact ? decibelText(null) : decibelText(model.outputSqnrDb)),
    sortKey: ({ model }) => (model.outputExact ? Infinity : model.outputSqnrDb),
  },
  mean("weights", l10n.t("Mean, weights")),
  mean("activations", l10n.t("Mean, activations")),
  mean("both", l10n.t("Mean, both")),
  {
    id: "dead",
    label: l10n.t("Dead channels"),
    title: l10n.t("Channels that never change on the data, folded into zero weights and biases"),
    numeric: true,
    text: ({ of }) => countText(of.deadChannels),
    sortKey: ({ of }) => of.deadChannels,
  },
];

/** Without columns that no row has a value for. */
export function outcomeTable(
  comparison: EqualizationComparison,
  onSelect: (index: number) => void,
): SortableTable<Outcome> {
  const rows = outcomesOf(comparison);
  const columns = COLUMNS.filter((column) => rows.some((row) => column.sortKey(row) !== null));
  return new SortableTable({
    caption: l10n.t("The network, by equalization and bias correction"),
    columns,
    rows,
    nameColumn: "name",
    onSelect,
  });
}

interface LayerRow {
  readonly index: number;
  readonly name: string;
}

/** One column a variant. */
export function layerTable(comparison: EqualizationComparison, quantity: Quantity): HTMLElement {
  const { layers, variants } = comparison;
  const columns: Column<LayerRow>[] = [
    { id: "name", label: l10n.t("Layer"), text: ({ name }) => nameText(name), sortKey: ({ name }) => name },
    ...variants.map((variant): Column<LayerRow> => ({
      id: variant.label.replaceAll(" ", "-"),
      label: variant.label,
      numeric: true,
      text: ({ index }) => decibelText(variant.layers[index][quantity]),
      sortKey: ({ index }) => variant.layers[index][quantity] ?? Infinity,
    })),
    {
      id: "bound",
      label: l10n.t("bound of both"),
      numeric: true,
      text: ({ index }) => boundText(layers[index].boundDb),
      sortKey: ({ index }) => layers[index].boundDb,
    },
  ];
  return new SortableTable({
    caption: l10n.t("SQNR of single layers: {0}", quantityText(quantity)),
    columns,
    rows: layers.map(({ name }, index) => ({ index, name })),
    nameColumn: "name",
  }).element;
}

export function boundText(decibels: number | null): string {
  return decibels === null ? "" : decibelText(decibels);
}

function accuracyChange({ floatAccuracy, quantizedAccuracy }: Outcome["model"]): number | null {
  return floatAccuracy === null || quantizedAccuracy === null ? null : quantizedAccuracy - floatAccuracy;
}

function mean(quantity: Quantity, label: string): Column<Outcome> {
  return {
    id: `mean-${quantity}`,
    label,
    title: l10n.t("SQNR of single layers, {0}: mean over the layers, before bias correction", quantityText(quantity)),
    numeric: true,
    text: ({ of }) => decibelText(of.mean[quantity]),
    sortKey: ({ of }) => of.mean[quantity] ?? Infinity,
  };
}
