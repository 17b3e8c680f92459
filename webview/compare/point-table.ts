/** The points of the chart as a table, made where it is looked at. */
import type { Comparison, ComparisonPoint } from "../../src/protocol/comparison";
import { DisclosedTable } from "../shared/disclosed-table";
import { countText, decibelText } from "../shared/format";
import { SortableTable, type Column } from "../shared/sortable-table";

const COLUMNS: readonly Column<ComparisonPoint>[] = [
  { id: "name", label: "Candidates", text: ({ label }) => label, sortKey: ({ label }) => label },
  {
    id: "bytes",
    label: "Flash, bytes",
    numeric: true,
    text: ({ bytes }) => countText(bytes),
    sortKey: ({ bytes }) => bytes,
  },
  {
    id: "sqnr",
    label: "SQNR",
    numeric: true,
    text: ({ sqnrDb }) => decibelText(sqnrDb),
    sortKey: ({ sqnrDb }) => sqnrDb ?? Infinity,
  },
  {
    id: "pareto",
    label: "Best for its size",
    title: "No other point is both smaller and better",
    text: ({ pareto }) => (pareto ? "yes" : "no"),
    sortKey: ({ pareto }) => Number(pareto),
  },
];

export function pointTable({ uniform, mixed }: Comparison): HTMLElement {
  const rows = [...uniform, ...mixed];
  const table = new DisclosedTable(
    "points",
    "Points as a table",
    () => new SortableTable({ caption: "Size and quality", columns: COLUMNS, rows, nameColumn: "name" }).element,
  );
  return table.element;
}
