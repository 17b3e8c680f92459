/** Columns that every table of layers has, in the same words. */
import * as l10n from "@vscode/l10n";
import type { LayerReport } from "../../src/protocol/report";
import { countText, figureText, momentText, nameText } from "./format";
import type { Column } from "./sortable-table";

export const INDEX_COLUMN: Column<{ readonly index: number }> = {
  id: "index",
  label: "#",
  title: l10n.t("Order in the model"),
  numeric: true,
  text: ({ index }) => countText(index + 1),
  sortKey: ({ index }) => index,
};

export const NAME_COLUMN: Column<{ readonly layer: { readonly name: string } }> = {
  id: "name",
  label: l10n.t("Layer"),
  text: ({ layer }) => nameText(layer.name),
  sortKey: ({ layer }) => layer.name,
};

export const OPERATOR_COLUMN: Column<{ readonly layer: { readonly op: string } }> = {
  id: "op",
  label: l10n.t("Operator"),
  text: ({ layer }) => nameText(layer.op),
  sortKey: ({ layer }) => layer.op,
};

/** How the weights are distributed. */
export const DISTRIBUTION_COLUMNS: readonly Column<{ readonly layer: LayerReport }>[] = [
  {
    id: "abs-max",
    label: l10n.t("max|w|"),
    numeric: true,
    definition: "absMax",
    text: ({ layer }) => figureText(layer.weights.absMax),
    sortKey: ({ layer }) => layer.weights.absMax,
  },
  {
    id: "skewness",
    label: l10n.t("Skewness"),
    numeric: true,
    definition: "skewness",
    text: ({ layer }) => momentText(layer.weights.skewness),
    sortKey: ({ layer }) => layer.weights.skewness,
  },
  {
    id: "kurtosis",
    label: l10n.t("Kurtosis"),
    numeric: true,
    definition: "kurtosis",
    text: ({ layer }) => momentText(layer.weights.kurtosis),
    sortKey: ({ layer }) => layer.weights.kurtosis,
  },
];
