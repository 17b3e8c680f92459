/** The tables of the model editor. */
import * as l10n from "@vscode/l10n";
import type { LayerReport, Unquantizable } from "../../src/protocol/report";
import { element } from "../shared/dom";
import { countText, nameText, percentText, shapeText } from "../shared/format";
import { DISTRIBUTION_COLUMNS, INDEX_COLUMN, NAME_COLUMN, OPERATOR_COLUMN } from "../shared/layer-columns";
import type { Column } from "../shared/sortable-table";

export interface IndexedLayer {
  readonly index: number;
  readonly layer: LayerReport;
}

export const LAYER_COLUMNS: readonly Column<IndexedLayer>[] = [
  INDEX_COLUMN,
  NAME_COLUMN,
  OPERATOR_COLUMN,
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
  ...DISTRIBUTION_COLUMNS,
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
