/** The pictures of an equalized layer as a table. */
import * as l10n from "@vscode/l10n";
import type { ChannelFigures } from "../../../src/protocol/transforms";
import { figureText, momentText, nameText } from "../../shared/format";
import { SortableTable, type Column } from "../../shared/sortable-table";
import { channelEntries, channelText, RANGES, type ChannelEntry, type RangeKind } from "./figures";

const HEADINGS: Readonly<Record<RangeKind, { readonly before: string; readonly after: string }>> = {
  weights: { before: l10n.t("Weights before"), after: l10n.t("Weights after") },
  activations: { before: l10n.t("Activations before"), after: l10n.t("Activations after") },
  next: { before: l10n.t("Readers before"), after: l10n.t("Readers after") },
};

const COLUMNS: readonly Column<ChannelEntry>[] = [
  { id: "channel", label: l10n.t("Channel"), numeric: true, text: channelText, sortKey: ({ first }) => first },
  {
    id: "scale",
    label: l10n.t("Scale"),
    numeric: true,
    text: ({ scale }) => momentText(scale),
    sortKey: ({ scale }) => scale,
  },
  ...RANGES.flatMap((kind) => [range(kind, "before"), range(kind, "after")]),
];

export function channelScaleTable(figures: ChannelFigures): HTMLElement {
  return new SortableTable({
    caption: l10n.t("Largest magnitudes in the channels of {0}", nameText(figures.layer)),
    columns: COLUMNS,
    rows: channelEntries(figures),
    nameColumn: "channel",
  }).element;
}

function range(kind: RangeKind, when: "before" | "after"): Column<ChannelEntry> {
  return {
    id: `${kind}-${when}`,
    label: HEADINGS[kind][when],
    numeric: true,
    text: (entry) => figureText(entry[when][kind]),
    sortKey: (entry) => entry[when][kind],
  };
}
