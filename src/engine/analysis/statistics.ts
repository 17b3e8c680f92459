/** Figures of a weight tensor's distribution. */
import type { ChannelMajorWeights } from "../graph/layout";

export interface WeightStatistics {
  readonly min: number;
  readonly max: number;
  readonly absMax: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  /** Third standardised moment; 0 for a constant tensor. */
  readonly skewness: number;
  /** Fourth standardised moment less 3; 0 for a constant tensor. */
  readonly kurtosis: number;
  /** Share of weights that are exactly zero. */
  readonly zeros: number;
  readonly channelMin: Float32Array;
  readonly channelMax: Float32Array;
  /** The channel with the largest max|w|, the first of several: the one that sets the range of a shared scale. */
  readonly dominantChannel: number;
}

/**
 * Moments, range and per-channel range of finite weights; all 0 for an empty tensor.
 *
 * Two passes in double precision, the second around the mean. The fourth power of the largest and of the smallest
 * float32 is well inside the range of a double, so that no magnitude over- or underflows.
 */
export function weightStatistics(weights: ChannelMajorWeights): WeightStatistics {
  const range = channelRanges(weights);
  return { ...range, ...moments(weights.values, range.min, range.max) };
}

function channelRanges({ values, channels, perChannel }: ChannelMajorWeights) {
  const channelMin = new Float32Array(channels);
  const channelMax = new Float32Array(channels);
  let min = 0;
  let max = 0;
  let absMax = -1;
  let dominantChannel = 0;
  for (let channel = 0; perChannel > 0 && channel < channels; channel++) {
    const start = channel * perChannel;
    const end = start + perChannel;
    let low = values[start];
    let high = low;
    for (let i = start + 1; i < end; i++) {
      const value = values[i];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    channelMin[channel] = low;
    channelMax[channel] = high;
    if (channel === 0 || low < min) min = low;
    if (channel === 0 || high > max) max = high;
    const magnitude = Math.max(Math.abs(low), Math.abs(high));
    if (magnitude > absMax) {
      absMax = magnitude;
      dominantChannel = channel;
    }
  }
  return { min, max, absMax: Math.max(absMax, 0), channelMin, channelMax, dominantChannel };
}

function moments(values: Float32Array, min: number, max: number) {
  const count = values.length;
  if (count === 0) return { mean: 0, std: 0, skewness: 0, kurtosis: 0, zeros: 0 };
  let sum = 0;
  let zeroCount = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    sum += value;
    if (value === 0) zeroCount++;
  }
  const zeros = zeroCount / count;
  if (min === max) return { mean: min, std: 0, skewness: 0, kurtosis: 0, zeros };

  const mean = sum / count;
  let sum2 = 0;
  let sum3 = 0;
  let sum4 = 0;
  for (let i = 0; i < count; i++) {
    const difference = values[i] - mean;
    const square = difference * difference;
    sum2 += square;
    sum3 += square * difference;
    sum4 += square * square;
  }
  const variance = sum2 / count;
  const std = Math.sqrt(variance);
  return {
    mean,
    std,
    skewness: sum3 / count / (variance * std),
    kurtosis: sum4 / count / (variance * variance) - 3,
    zeros,
  };
}
