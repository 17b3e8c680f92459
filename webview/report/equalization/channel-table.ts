/** The pictures of an equalized layer as a table. */
import type { ChannelFigures } from "../../../src/protocol/transforms";
import { figureText, momentText, nameText } from "../../shared/format";
import { SortableTable, type Column } from "../../shared/sortable-table";
import { channelEntries, channelText, RANGES, type ChannelEntry, type RangeKind } from "./figures";

const HEADINGS: Readonly<Record<RangeKind, string>> = {
  weights: "Weights",
  activations: "Activations",
  next: "Readers",
};

const COLUMNS: readonly Column<ChannelEntry>[] = [
  { id: "channel", label: "Channel", numeric: true, text: channelText, sortKey: ({ first }) => first },
  {
    id: "scale",
    label: "Scale",
    numeric: true,
    text: ({ scale }) => momentText(scale),
    sortKey: ({ scale }) => scale,
  },
  ...RANGES.flatMap((kind) => [range(kind, "before"), range(kind, "after")]),
];

export function channelScaleTable(figures: ChannelFigures): HTMLElement {
  return new SortableTable({
    caption: `Largest magnitudes in the channels of ${nameText(figures.layer)}`,
    columns: COLUMNS,
    rows: channelEntries(figures),
    nameColumn: "channel",
  }).element;
}

function range(kind: RangeKind, when: "before" | "after"): Column<ChannelEntry> {
  return {
    id: `${kind}-${when}`,
    label: `${HEADINGS[kind]} ${when}`,
    numeric: true,
    text: (entry) => figureText(entry[when][kind]),
    sortKey: (entry) => entry[when][kind],
  };
}
