/** Measured against predicted SQNR in numbers. */
import * as l10n from "@vscode/l10n";
import type { Report } from "../../../src/protocol/report";
import { decibelText, gainText, nameText } from "../../shared/format";
import { SortableTable, type Column } from "../../shared/sortable-table";
import { isolatedDb, predictedDb, SERIES, seriesText, type Series } from "./figures";

interface Row {
  readonly name: string;
  readonly series: Series;
  readonly predicted: number | null;
  readonly measured: number | null;
  /** Predicted less measured; null where either is without noise. */
  readonly difference: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { id: "name", label: l10n.t("Layer"), text: ({ name }) => nameText(name), sortKey: ({ name }) => name },
  {
    id: "series",
    label: l10n.t("Noise of"),
    text: ({ series }) => seriesText(series),
    sortKey: ({ series }) => series,
  },
  {
    id: "predicted",
    label: l10n.t("Predicted"),
    definition: "predicted",
    numeric: true,
    text: ({ predicted }) => decibelText(predicted),
    sortKey: ({ predicted }) => predicted ?? Infinity,
  },
  {
    id: "measured",
    label: l10n.t("Measured"),
    definition: "both",
    numeric: true,
    text: ({ measured }) => decibelText(measured),
    sortKey: ({ measured }) => measured ?? Infinity,
  },
  {
    id: "difference",
    label: l10n.t("Difference"),
    numeric: true,
    text: ({ difference }) => gainText(difference),
    sortKey: ({ difference }) => difference,
  },
];

export function predictionTable({ layers }: Report): HTMLElement {
  const rows = layers.flatMap(({ name, noise }) =>
    noise === null
      ? []
      : SERIES.map((series): Row => {
          const [predicted, measured] = [predictedDb(noise, series), isolatedDb(noise, series)];
          const difference = predicted === null || measured === null ? null : predicted - measured;
          return { name, series, predicted, measured, difference };
        }),
  );
  const caption = l10n.t("Measured against predicted");
  return new SortableTable<Row>({ caption, columns: COLUMNS, rows, nameColumn: "name" }).element;
}
