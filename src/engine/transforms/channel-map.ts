/**
 * Which channels must share one scale. Every output channel of a layer starts as a class of its own; classes are merged where
 * operators tie channels together (a residual Add), and blocked where a scale would change what the network computes.
 */
import { elementCount } from "../onnx/tensor";

/** The channels of a value: index i along `axis` belongs to the class that `channels[i]` is a member of. */
export interface ChannelMap {
  readonly axis: number;
  /** Numbers handed out by {@link ChannelClasses.add}; as long as the value's dimension on `axis`. */
  readonly channels: Int32Array;
}

/** Classes of channels, merged step by step. */
export class ChannelClasses {
  private readonly parents: number[] = [];
  private readonly reasons = new Map<number, string>();

  /** New channels, each a class of its own. */
  add(count: number): Int32Array {
    const first = this.parents.length;
    const channels = Int32Array.from({ length: count }, (_, index) => first + index);
    for (const channel of channels) this.parents.push(channel);
    return channels;
  }

  /** The member that stands for the channel's class. */
  find(channel: number): number {
    let root = channel;
    while (this.parents[root] !== root) {
      this.parents[root] = this.parents[this.parents[root]];
      root = this.parents[root];
    }
    return root;
  }

  /** Makes one class of each pair of channels. */
  merge(a: Int32Array, b: Int32Array): void {
    for (let i = 0; i < a.length; i++) {
      const first = this.find(a[i]);
      const second = this.find(b[i]);
      if (first === second) continue;
      this.parents[second] = first;
      const reason = this.reasons.get(first) ?? this.reasons.get(second);
      if (reason !== undefined) this.reasons.set(first, reason);
    }
  }

  /** Fixes the scale of the channels at 1. The first reason is kept. */
  block(channels: Int32Array, reason: string): void {
    for (const channel of channels) {
      const root = this.find(channel);
      if (!this.reasons.has(root)) this.reasons.set(root, reason);
    }
  }

  /** Why the channel cannot be scaled; undefined where it can. */
  reason(channel: number): string | undefined {
    return this.reasons.get(this.find(channel));
  }
}

/**
 * The channels of a value whose elements keep their row-major order while its dimensions change (Reshape, Flatten, Squeeze,
 * Unsqueeze).
 * @returns null where no axis of the new shape tells the channel
 */
export function reshapedChannels(
  { axis, channels }: ChannelMap,
  before: readonly number[],
  after: readonly number[],
): ChannelMap | null {
  if (elementCount(before) !== elementCount(after)) return null;
  const inner = elementCount(before.slice(axis + 1));
  const covered = inner * channels.length;
  const unchanged = after.findIndex((length, target) => {
    return length === channels.length && elementCount(after.slice(target + 1)) === inner;
  });
  if (unchanged > 0) return { axis: unchanged, channels };
  for (let target = after.length - 1; target >= 1; target--) {
    const stride = elementCount(after.slice(target + 1));
    const length = after[target];
    if (inner % stride !== 0 || (stride * length) % covered !== 0) continue;
    const step = inner / stride;
    const channelAt = (_: unknown, index: number) => channels[Math.floor(index / step) % channels.length];
    return { axis: target, channels: Int32Array.from({ length }, channelAt) };
  }
  return null;
}
