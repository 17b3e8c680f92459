/** Which consecutive weights share parameters. */
import type { ChannelMajorWeights } from "../graph/layout";

export const GRANULARITIES = ["tensor", "channel", "block"] as const;
export type Granularity = (typeof GRANULARITIES)[number];

export interface Grouping {
  /** Output channels, and weights in each. */
  readonly channels: number;
  readonly perChannel: number;
  /**
   * Weights per group: all of them, one channel, or a block. Blocks lie within a channel; the last one of a channel is
   * shorter where the size does not divide it.
   */
  readonly groupSize: number;
}

/** @param blockSize weights per block, at least 1; read for the granularity `block` alone */
export function groupingOf(weights: ChannelMajorWeights, granularity: Granularity, blockSize = 1): Grouping {
  const { channels, perChannel } = weights;
  const sizes = { tensor: channels * perChannel, channel: perChannel, block: Math.min(blockSize, perChannel) };
  return { channels, perChannel, groupSize: Math.max(1, sizes[granularity]) };
}

/**
 * Where groups begin, and at the end where the last one ends: group g holds the weights `bounds[g]` (included) to
 * `bounds[g + 1]` (excluded). An empty tensor has one empty group, so that it has parameters too.
 */
export function groupBounds({ channels, perChannel, groupSize }: Grouping): Uint32Array {
  const total = channels * perChannel;
  const runLength = groupSize > perChannel ? total : perChannel;
  const groupsPerRun = Math.ceil(runLength / groupSize);
  const count = runLength === 0 ? 0 : groupsPerRun * (total / runLength);
  if (count === 0) return new Uint32Array(2);
  const bounds = new Uint32Array(count + 1);
  let group = 0;
  for (let start = 0; start < total; start += runLength) {
    for (let i = 0; i < groupsPerRun; i++) bounds[group++] = start + i * groupSize;
  }
  bounds[count] = total;
  return bounds;
}
