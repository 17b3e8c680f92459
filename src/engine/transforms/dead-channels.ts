/**
 * Channels that calibration data never excite. Folding batch normalization leaves them with enormous kernels, which set the
 * range of the whole tensor, while their output is the same for all data.
 */
import type { Layer } from "../graph/layer";
import type { OnnxModel } from "../onnx/model";
import type { ChannelRange, ChannelRanges } from "./channel-ranges";
import { ModelRewriter } from "./layer-edits";
import { readsEveryPositionAlike } from "./padding";
import type { Maker, Reader, Region, Regions } from "./region";
import { forEachKernel, type WeightChannels } from "./weight-channels";

export const DEAD_CHANNEL_MODES = ["fold", "keep"] as const;
export type DeadChannelMode = (typeof DEAD_CHANNEL_MODES)[number];

/** Channels of one layer that never change, and what became of them. */
export interface DeadChannels {
  readonly layer: string;
  /** Output channels whose kernels were set to zero. */
  readonly zeroed: readonly number[];
  /** Of these, the ones whose output is not 0: their bias now makes it. */
  readonly constant: readonly number[];
  /** Input channels whose kernel slices were set to zero; constant ones went into the bias. */
  readonly unread: readonly number[];
}

export interface DeadChannelRecord {
  readonly mode: DeadChannelMode;
  /** Layers with such channels. */
  readonly layers: readonly DeadChannels[];
}

export interface DeadChannelResult {
  readonly model: OnnxModel;
  /** The ranges of the returned model. */
  readonly ranges: ChannelRanges;
  readonly record: DeadChannelRecord;
}

/** A channel is constant where its values differ by no more than rounding does. */
const RELATIVE_TOLERANCE = 1e-6;

/**
 * Sets the kernels that produce a constant channel to zero and lets the bias make its value; sets the kernel slices that read
 * one to zero, its contribution put into the bias. Slices stay where the contribution differs by position, because the input
 * is padded. What is computed from the calibration data does not change but for rounding.
 *
 * @param ranges of this model's values on calibration data
 */
export function foldDeadChannels(model: OnnxModel, regions: Regions, ranges: ChannelRanges): DeadChannelResult {
  const folding = new DeadChannelFolding(model, ranges);
  for (const reader of regions.readers) folding.foldReader(reader);
  for (const maker of regions.makers) folding.foldMaker(maker);
  const settledRanges = folding.silenceUnread(regions);
  return { ...folding.finish(), ranges: settledRanges };
}

/** Weights and bias of a layer while they change. */
interface Draft {
  readonly layer: Layer;
  readonly weights: Float32Array;
  readonly bias: Float64Array;
  readonly zeroed: Set<number>;
  readonly constant: Set<number>;
  readonly unread: Set<number>;
}

class DeadChannelFolding {
  private readonly drafts = new Map<string, Draft>();

  constructor(
    private readonly model: OnnxModel,
    private readonly ranges: ChannelRanges,
  ) {}

  foldReader({ layer, structure, input }: Reader): void {
    const range = this.ranges.get(input);
    if (range?.min.length !== structure.inputs) return;
    const uniform = readsEveryPositionAlike(layer, this.model.graph.node[layer.nodeIndex]);
    const values = constantValues(range);
    const dead = values.map((value) => value !== null && (value === 0 || uniform));
    if (!dead.includes(true)) return;
    const draft = this.draft(layer, structure);
    forEachKernel(structure, (output, channel, start) => {
      if (!dead[channel]) return;
      const value = values[channel] ?? 0;
      for (let index = start; index < start + structure.kernel; index++) {
        draft.bias[output] += draft.weights[index] * value;
        draft.weights[index] = 0;
      }
      draft.unread.add(channel);
    });
  }

  foldMaker({ layer, structure, point, activation }: Maker): void {
    const range = this.ranges.get(point);
    if (range?.min.length !== structure.outputs || activation === "other") return;
    const values = constantValues(range);
    if (values.every((value) => value === null)) return;
    const draft = this.draft(layer, structure);
    forEachKernel(structure, (output, _channel, start) => {
      const value = values[output];
      if (value !== null) this.silence(draft, output, start, structure.kernel, value);
    });
  }

  /**
   * Zeroes what makes a channel that no layer reads any more, whatever its value.
   * @returns ranges in which such channels are 0
   */
  silenceUnread({ regions }: Regions): ChannelRanges {
    const changed = new Map(this.ranges);
    for (const region of regions) {
      const read = this.readClasses(region);
      if (!read.includes(false) || region.bounds.some(({ low, high }) => low > 0 || high < 0)) continue;
      for (const { layer, structure, classes } of region.producers) {
        forEachKernel(structure, (output, _channel, start) => {
          if (!read[classes[output]]) this.silence(this.draft(layer, structure), output, start, structure.kernel, 0);
        });
      }
      for (const { name, classes } of region.values) {
        const range = changed.get(name);
        if (range === undefined) continue;
        const settled = (values: Float32Array) =>
          values.map((value, channel) => (classes[channel] >= 0 && !read[classes[channel]] ? 0 : value));
        changed.set(name, { min: settled(range.min), max: settled(range.max) });
      }
    }
    return changed;
  }

  /** Which classes of a region some consumer reads with a weight other than 0. */
  private readClasses({ consumers, classCount }: Region): boolean[] {
    const read = new Array<boolean>(classCount).fill(false);
    for (const { layer, structure, classes } of consumers) {
      const weights = this.drafts.get(layer.name)?.weights ?? layer.weight.values;
      forEachKernel(structure, (_output, channel, start) => {
        const index = classes[channel];
        if (index < 0 || read[index]) return;
        for (let at = start; at < start + structure.kernel; at++) if (weights[at] !== 0) read[index] = true;
      });
    }
    return read;
  }

  finish(): { model: OnnxModel; record: DeadChannelRecord } {
    const rewriter = new ModelRewriter(this.model);
    const layers: DeadChannels[] = [];
    const drafts = [...this.drafts.values()].sort((a, b) => a.layer.nodeIndex - b.layer.nodeIndex);
    for (const { layer, weights, bias, zeroed, constant, unread } of drafts) {
      if (zeroed.size === 0 && unread.size === 0) continue;
      const own = layer.bias;
      const sameBias =
        own === null ? bias.every((value) => value === 0) : bias.every((value, index) => value === own[index]);
      rewriter.change({ layer, weights, bias: sameBias ? undefined : Float32Array.from(bias) });
      layers.push({ layer: layer.name, zeroed: sorted(zeroed), constant: sorted(constant), unread: sorted(unread) });
    }
    return { model: rewriter.finish(), record: { mode: "fold", layers } };
  }

  private silence(draft: Draft, output: number, start: number, kernel: number, value: number): void {
    draft.weights.fill(0, start, start + kernel);
    draft.bias[output] = value;
    draft.zeroed.add(output);
    if (value === 0) draft.constant.delete(output);
    else draft.constant.add(output);
  }

  private draft(layer: Layer, { outputs }: WeightChannels): Draft {
    let draft = this.drafts.get(layer.name);
    if (draft === undefined) {
      const bias = layer.bias === null ? new Float64Array(outputs) : Float64Array.from(layer.bias);
      const weights = layer.weight.values.slice();
      const empty = () => new Set<number>();
      draft = { layer, weights, bias, zeroed: empty(), constant: empty(), unread: empty() };
      this.drafts.set(layer.name, draft);
    }
    return draft;
  }
}

/** The value of every channel that is constant; null for those that are not. */
function constantValues({ min, max }: ChannelRange): (number | null)[] {
  return Array.from(min, (low, channel) => {
    const high = max[channel];
    const tolerance = RELATIVE_TOLERANCE * Math.max(Math.abs(low), Math.abs(high));
    return high - low <= tolerance ? (low + high) / 2 : null;
  });
}

function sorted(channels: ReadonlySet<number>): number[] {
  return [...channels].sort((a, b) => a - b);
}
