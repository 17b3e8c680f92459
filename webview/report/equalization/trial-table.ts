/** A trial beside the report, layer by layer. */
import { QUANTITIES, type Quantity } from "../../../src/protocol/equalization-comparison";
import { decibelText, gainText, nameText } from "../../shared/format";
import { SortableTable, type Column } from "../../shared/sortable-table";
import { gainOf, type TriedLayer } from "./tried-layers";

const HEADINGS: Readonly<Record<Quantity, string>> = { weights: "Weights", activations: "Activations", both: "Both" };

const COLUMNS: readonly Column<TriedLayer>[] = [
  { id: "name", label: "Layer", text: ({ name }) => nameText(name), sortKey: ({ name }) => name },
  ...QUANTITIES.flatMap((quantity) => [
    ratio(quantity, "shown", "as shown"),
    ratio(quantity, "tried", "tried"),
    gain(quantity),
  ]),
];

export function trialTable(layers: readonly TriedLayer[]): HTMLElement {
  return new SortableTable({ caption: "SQNR of single layers", columns: COLUMNS, rows: layers, nameColumn: "name" })
    .element;
}

function ratio(quantity: Quantity, which: "shown" | "tried", words: string): Column<TriedLayer> {
  return {
    id: `${quantity}-${which}`,
    label: `${HEADINGS[quantity]} ${words}`,
    numeric: true,
    text: (layer) => decibelText(layer[which][quantity]),
    sortKey: (layer) => layer[which][quantity] ?? Infinity,
  };
}

function gain(quantity: Quantity): Column<TriedLayer> {
  return {
    id: `${quantity}-gain`,
    label: "Gain",
    numeric: true,
    text: (layer) => gainText(gainOf(layer, quantity)),
    sortKey: (layer) => gainOf(layer, quantity),
  };
}
