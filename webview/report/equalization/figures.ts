/** The ranges of one layer's channels, in the forms that its pictures, its table and its sentences take. */
import * as l10n from "@vscode/l10n";
import type { ChannelFigures } from "../../../src/protocol/transforms";

/** The three kinds of ranges, in the order in which they are shown. */
export const RANGES = ["weights", "activations", "next"] as const;
export type RangeKind = (typeof RANGES)[number];

/** A channel, or neighbouring ones of a wide layer. */
export interface ChannelEntry {
  readonly first: number;
  readonly last: number;
  readonly scale: number;
  readonly before: Readonly<Record<RangeKind, number>>;
  readonly after: Readonly<Record<RangeKind, number>>;
}

export function channelEntries({ channels, channelsPerEntry, scales, before, after }: ChannelFigures): ChannelEntry[] {
  const at = (ranges: ChannelFigures["before"], index: number): ChannelEntry["before"] => ({
    weights: ranges.weights[index],
    activations: ranges.activations[index],
    next: ranges.next[index],
  });
  return scales.map((scale, index) => {
    const first = index * channelsPerEntry;
    const last = Math.min(channels, first + channelsPerEntry) - 1;
    return { first, last, scale, before: at(before, index), after: at(after, index) };
  });
}

/** Each range as a share of the widest, in percent: what one scale for all channels leaves of the codes. */
export function sharesOfWidest(ranges: readonly number[]): number[] {
  const widest = Math.max(0, ...ranges);
  return ranges.map((range) => (widest > 0 ? (100 * range) / widest : 0));
}

/** The share of a middle channel; 0 where there are none. */
export function medianShare(ranges: readonly number[]): number {
  const sorted = sharesOfWidest(ranges).sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : sorted[sorted.length >> 1];
}

/** `7`, or `7 to 9` for neighbours that stand together. */
export function channelText({ first, last }: ChannelEntry): string {
  return first === last ? String(first) : l10n.t("{0} to {1}", first, last);
}
