/** A histogram in numbers. */
import * as l10n from "@vscode/l10n";
import { countText, figureText } from "../shared/format";
import { SortableTable, type Column } from "../shared/sortable-table";

interface Bin {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

export interface Bins {
  readonly min: number;
  readonly max: number;
  /** Heading and counts of every series; all have as many bins. */
  readonly series: readonly { readonly id: string; readonly label: string; readonly counts: readonly number[] }[];
}

export function binTable(caption: string, { min, max, series }: Bins): HTMLElement {
  const bins = series[0].counts.length;
  const edge = (index: number): number => Number((min + (index * (max - min)) / bins).toPrecision(6));
  const rows = Array.from({ length: bins }, (_, index) => ({ index, from: edge(index), to: edge(index + 1) }));
  const counts = series.map(({ id, label, counts: values }): Column<Bin> => ({
    id,
    label,
    numeric: true,
    text: ({ index }) => countText(values[index]),
    sortKey: ({ index }) => values[index],
  }));
  const columns: Column<Bin>[] = [
    {
      id: "from",
      label: l10n.t("From"),
      numeric: true,
      text: ({ from }) => figureText(from),
      sortKey: ({ from }) => from,
    },
    { id: "to", label: l10n.t("To"), numeric: true, text: ({ to }) => figureText(to), sortKey: ({ to }) => to },
    ...counts,
  ];
  return new SortableTable<Bin>({ caption, columns, rows, nameColumn: "from" }).element;
}
