/** The points of the chart as a table, made where it is looked at. */
import * as l10n from "@vscode/l10n";
import type { Comparison, ComparisonPoint } from "../../src/protocol/comparison";
import { DisclosedTable } from "../shared/disclosed-table";
import { countText, decibelText } from "../shared/format";
import { SortableTable, type Column } from "../shared/sortable-table";

const COLUMNS: readonly Column<ComparisonPoint>[] = [
  { id: "name", label: l10n.t("Candidates"), text: ({ label }) => label, sortKey: ({ label }) => label },
  {
    id: "bytes",
    label: l10n.t("Flash, bytes"),
    numeric: true,
    text: ({ bytes }) => countText(bytes),
    sortKey: ({ bytes }) => bytes,
  },
  {
    id: "sqnr",
    label: l10n.t("SQNR"),
    numeric: true,
    text: ({ sqnrDb }) => decibelText(sqnrDb),
    sortKey: ({ sqnrDb }) => sqnrDb ?? Infinity,
  },
  {
    id: "pareto",
    label: l10n.t("Best for its size"),
    title: l10n.t("No other point is both smaller and better"),
    text: ({ pareto }) => (pareto ? l10n.t("yes") : l10n.t("no")),
    sortKey: ({ pareto }) => Number(pareto),
  },
];

export function pointTable({ uniform, mixed }: Comparison): HTMLElement {
  const rows = [...uniform, ...mixed];
  const table = new DisclosedTable(
    "points",
    l10n.t("Points as a table"),
    () =>
      new SortableTable({ caption: l10n.t("Size and quality"), columns: COLUMNS, rows, nameColumn: "name" }).element,
  );
  return table.element;
}
