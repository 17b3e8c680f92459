/** A trial beside the report, layer by layer. */
import * as l10n from "@vscode/l10n";
import { QUANTITIES, type Quantity } from "../../../src/protocol/equalization-comparison";
import { decibelText, gainText, nameText } from "../../shared/format";
import { SortableTable, type Column } from "../../shared/sortable-table";
import { gainOf, type TriedLayer } from "./tried-layers";

const HEADINGS: Readonly<Record<Quantity, { readonly shown: string; readonly tried: string }>> = {
  weights: { shown: l10n.t("Weights as shown"), tried: l10n.t("Weights tried") },
  activations: { shown: l10n.t("Activations as shown"), tried: l10n.t("Activations tried") },
  both: { shown: l10n.t("Both as shown"), tried: l10n.t("Both tried") },
};

const COLUMNS: readonly Column<TriedLayer>[] = [
  { id: "name", label: l10n.t("Layer"), text: ({ name }) => nameText(name), sortKey: ({ name }) => name },
  ...QUANTITIES.flatMap((quantity) => [ratio(quantity, "shown"), ratio(quantity, "tried"), gain(quantity)]),
];

export function trialTable(layers: readonly TriedLayer[]): HTMLElement {
  return new SortableTable({
    caption: l10n.t("SQNR of single layers"),
    columns: COLUMNS,
    rows: layers,
    nameColumn: "name",
  }).element;
}

function ratio(quantity: Quantity, which: "shown" | "tried"): Column<TriedLayer> {
  return {
    id: `${quantity}-${which}`,
    label: HEADINGS[quantity][which],
    numeric: true,
    text: (layer) => decibelText(layer[which][quantity]),
    sortKey: (layer) => layer[which][quantity] ?? Infinity,
  };
}

function gain(quantity: Quantity): Column<TriedLayer> {
  return {
    id: `${quantity}-gain`,
    label: l10n.t("Gain"),
    numeric: true,
    text: (layer) => gainText(gainOf(layer, quantity)),
    sortKey: (layer) => gainOf(layer, quantity),
  };
}
