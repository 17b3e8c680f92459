/** Powers of two: a product with a weight is a shift. */
import type { ChannelMajorWeights } from "../graph/layout";
import { symmetricRanges } from "./clipping";
import { encodeInChunks } from "./codes";
import { givenRanges } from "./given-parameters";
import { groupBounds, groupingOf } from "./grouping";
import type { QuantizedWeights, Rounding, Scheme, SchemeSettings } from "./scheme";

/** More magnitudes than `s … s·2^−30` would not fit an int32, and add nothing to the sum of a layer. */
const MAX_MAGNITUDES = 31;

/**
 * `ŵ = ±s·2^−k` or 0. With n magnitudes, `n = min(2^(bits−1) − 1, 31)`, the code is `±(n − k)` for k = 0 … n−1, and 0 for 0: a sign
 * and an exponent code, larger codes for larger weights. The scale is the magnitude of code 1, `s·2^(1−n)`.
 *
 * s is the group's range, max|w| or a percentile. A magnitude goes to the nearest of the two around it; ties, the midpoints, go
 * to the even code (`half-even`) or away from zero (`half-away`), and `truncate` takes the smaller one. From 6 bits on there are 31 magnitudes, and wider
 * codes gain nothing. A group is the tensor or one output channel; an all-zero group has codes 0.
 * Source: shifts in place of products, as asked for by firmware engineers.
 */
export const log2: Scheme = {
  id: "log2",
  description: "Signed powers of two and zero: shifts instead of products",
  minBits: 2,
  maxBits: 16,
  granularities: ["tensor", "channel"],
  clips: ["max", "percentile"],
  rounds: true,
  options: [],
  fit: fitLog2,
};

function fitLog2(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const { values } = weights;
  const { bits, granularity, rounding } = settings;
  const codeMax = Math.min(2 ** (bits - 1) - 1, MAX_MAGNITUDES);
  const grouping = groupingOf(weights, granularity);
  const ranges = givenRanges(settings, grouping) ?? symmetricRanges(values, grouping, settings);
  const thresholds = codeThresholds(codeMax, rounding);
  const codes = encodeInChunks(groupBounds(grouping), -codeMax, codeMax, (group, start, end, buffer, bufferStart) => {
    const range = ranges[group] || 1;
    const shift = bufferStart - start;
    for (let i = start; i < end; i++) {
      const weight = values[i];
      const share = Math.abs(weight) / range;
      let code = codeMax;
      while (code > 0 && share < thresholds[code - 1]) code--;
      if (rounding === "half-even" && share === thresholds[code - 1] && code % 2 === 1) code--;
      buffer[i + shift] = weight < 0 ? -code : code;
    }
  });
  return {
    kind: "log2",
    codes,
    bits,
    codeMin: -codeMax,
    codeMax,
    scales: ranges.map((range) => (range || 1) * 2 ** (1 - codeMax)),
    channels: grouping.channels,
    perChannel: grouping.perChannel,
    groupSize: grouping.groupSize,
  };
}

/** Smallest share of s that code c = 1 … codeMax takes, at index c − 1: midpoints, or the magnitudes under truncation. */
function codeThresholds(codeMax: number, rounding: Rounding): Float64Array {
  return Float64Array.from({ length: codeMax }, (_, index) => {
    const magnitude = 2 ** (index + 1 - codeMax);
    if (rounding === "truncate") return magnitude;
    const below = index === 0 ? 0 : magnitude / 2;
    return (magnitude + below) / 2;
  });
}
