/** The tables of the model editor. */
import * as l10n from "@vscode/l10n";
import type { LayerReport, Unquantizable } from "../../src/protocol/report";
import { element } from "../shared/dom";
import { countText, figureText, momentText, nameText, percentText, shapeText } from "../shared/format";
import type { Column } from "../shared/sortable-table";

export interface IndexedLayer {
  readonly index: number;
  readonly layer: LayerReport;
}

export const LAYER_COLUMNS: readonly Column<IndexedLayer>[] = [
  {
    id: "index",
    label: "#",
    title: l10n.t("Order in the model"),
    numeric: true,
    text: ({ index }) => countText(index + 1),
    sortKey: ({ index }) => index,
  },
  { id: "name", label: l10n.t("Layer"), text: ({ layer }) => nameText(layer.name), sortKey: ({ layer }) => layer.name },
  { id: "op", label: l10n.t("Operator"), text: ({ layer }) => nameText(layer.op), sortKey: ({ layer }) => layer.op },
  {
    id: "shape",
    label: l10n.t("Weight shape"),
    numeric: true,
    text: ({ layer }) => shapeText(layer.weightShape),
    sortKey: ({ layer }) => layer.weightShape.reduce((product, size) => product * size, 1),
  },
  {
    id: "parameters",
    label: l10n.t("Parameters"),
    title: l10n.t("Weights and biases"),
    numeric: true,
    text: ({ layer }) => countText(layer.parameters),
    sortKey: ({ layer }) => layer.parameters,
  },
  {
    id: "share",
    label: l10n.t("Share"),
    title: l10n.t("Of all parameters of the model"),
    numeric: true,
    text: ({ layer }) => percentText(layer.share),
    sortKey: ({ layer }) => layer.share,
    decorate: (cell, { layer }) => {
      const filled = element("span");
      filled.style.width = `${100 * layer.share}%`;
      cell.prepend(element("span", { class: "share-bar", attributes: { "aria-hidden": "true" } }, filled));
    },
  },
  {
    id: "abs-max",
    label: "max|w|",
    title: l10n.t("Largest magnitude of a weight"),
    numeric: true,
    text: ({ layer }) => figureText(layer.weights.absMax),
    sortKey: ({ layer }) => layer.weights.absMax,
  },
  {
    id: "skewness",
    label: l10n.t("Skewness"),
    title: l10n.t("Third standardised moment: 0 for a symmetric distribution"),
    numeric: true,
    text: ({ layer }) => momentText(layer.weights.skewness),
    sortKey: ({ layer }) => layer.weights.skewness,
  },
  {
    id: "kurtosis",
    label: l10n.t("Kurtosis"),
    title: l10n.t("Excess kurtosis: 0 for a Gaussian; large for heavy tails, which quantize badly"),
    numeric: true,
    text: ({ layer }) => momentText(layer.weights.kurtosis),
    sortKey: ({ layer }) => layer.weights.kurtosis,
  },
];

export const UNQUANTIZABLE_COLUMNS: readonly Column<Unquantizable>[] = [
  { id: "name", label: l10n.t("Node or tensor"), text: ({ name }) => nameText(name), sortKey: ({ name }) => name },
  { id: "op", label: l10n.t("Operator"), text: ({ op }) => nameText(op), sortKey: ({ op }) => op },
  {
    id: "parameters",
    label: l10n.t("Parameters"),
    numeric: true,
    text: ({ parameters }) => countText(parameters),
    sortKey: ({ parameters }) => parameters,
  },
  { id: "wrapped", label: l10n.t("Why not"), text: ({ reason }) => reason, sortKey: ({ reason }) => reason },
];
