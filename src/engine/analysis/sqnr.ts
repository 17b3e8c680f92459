/**
 * Signal-to-quantization-noise ratio, `10·log10(Σw² / Σ(w−ŵ)²)` in decibels. No noise is `exact`, never Infinity.
 */
import type { ChannelMajorWeights } from "../graph/layout";

export interface Sqnr {
  /** Null where exact, and where there is noise but no signal to compare it with. */
  readonly sqnrDb: number | null;
  readonly exact: boolean;
}

/** Sums of squares from which ratios are made; those of parts add up to those of the whole. */
export class NoisePower {
  signal = 0;
  noise = 0;

  add(other: NoisePower): void {
    this.signal += other.signal;
    this.noise += other.noise;
  }

  sqnr(): Sqnr {
    if (this.noise === 0) return { sqnrDb: null, exact: true };
    if (this.signal === 0) return { sqnrDb: null, exact: false };
    return { sqnrDb: 10 * Math.log10(this.signal / this.noise), exact: false };
  }
}

/**
 * Signal and noise of every channel.
 * @param decoded what the codes stand for, in the order of the weights
 */
export function channelNoise(weights: ChannelMajorWeights, decoded: Float32Array): NoisePower[] {
  const { values, channels, perChannel } = weights;
  return Array.from({ length: channels }, (_, channel) => {
    const power = new NoisePower();
    const end = (channel + 1) * perChannel;
    let signal = 0;
    let noise = 0;
    for (let i = channel * perChannel; i < end; i++) {
      const value = values[i];
      const difference = value - decoded[i];
      signal += value * value;
      noise += difference * difference;
    }
    power.signal = signal;
    power.noise = noise;
    return power;
  });
}
