/** Minimum and maximum of every channel, over any number of tensors. */
import type { RuntimeTensor } from "../runtime";
import { floatData } from "./run";

export class ChannelRange {
  readonly min: Float32Array;
  readonly max: Float32Array;

  constructor(channels: number) {
    this.min = new Float32Array(channels).fill(Infinity);
    this.max = new Float32Array(channels).fill(-Infinity);
  }

  /** Of all channels. */
  get lowest(): number {
    let lowest = Infinity;
    for (let channel = 0; channel < this.min.length; channel++) lowest = Math.min(lowest, this.min[channel]);
    return lowest;
  }

  get highest(): number {
    let highest = -Infinity;
    for (let channel = 0; channel < this.max.length; channel++) highest = Math.max(highest, this.max[channel]);
    return highest;
  }

  /**
   * Lowers minima.
   * @param tensor one number a channel, or the channels on axis 1
   * @returns false where a number is NaN or Infinity
   */
  lower(tensor: RuntimeTensor): boolean {
    const { min } = this;
    const values = floatData(tensor);
    const inner = elementsOfChannel(tensor);
    let sum = 0;
    for (let start = 0, channel = 0; start < values.length; start += inner) {
      let least = min[channel];
      for (let i = start; i < start + inner; i++) {
        const value = values[i];
        sum += value;
        if (value < least) least = value;
      }
      min[channel] = least;
      channel = channel + 1 === min.length ? 0 : channel + 1;
    }
    return Number.isFinite(sum);
  }

  /** Raises maxima; parameter and result as of {@link lower}. */
  raise(tensor: RuntimeTensor): boolean {
    const { max } = this;
    const values = floatData(tensor);
    const inner = elementsOfChannel(tensor);
    let sum = 0;
    for (let start = 0, channel = 0; start < values.length; start += inner) {
      let most = max[channel];
      for (let i = start; i < start + inner; i++) {
        const value = values[i];
        sum += value;
        if (value > most) most = value;
      }
      max[channel] = most;
      channel = channel + 1 === max.length ? 0 : channel + 1;
    }
    return Number.isFinite(sum);
  }
}

/** Consecutive elements of one channel. */
function elementsOfChannel({ dims }: RuntimeTensor): number {
  return dims.slice(2).reduce((product, dim) => product * dim, 1);
}
