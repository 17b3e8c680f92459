/**
 * What decides the range of a group. A rule never widens max|w|; where it leaves nothing of a range (a percentile among
 * zeros), the range is that of `max`.
 *
 * - `max`: all weights
 * - `percentile`: the share of the weights that the option names; for two-sided ranges half of the rest on either side
 * - `mse`: least squared error of the codes, by search
 * - `entropy`: least Kullback–Leibler divergence of the codes' distribution from that of the weights, by search
 * - `aciq`: the analytic optimum for a Laplace or Gauss distribution, whichever fits better
 */
import { aciqClips, aciqReach } from "./clipping-aciq";
import { entropyRange } from "./clipping-entropy";
import { leastSquaresBounds, leastSquaresRange } from "./clipping-mse";
import { groupBounds, type Grouping } from "./grouping";
import { schemeOptions } from "./options";
import type { SchemeSettings } from "./scheme";

/** The range of each group for codes of both signs: ±`range`. 0 for an all-zero group alone. */
export function symmetricRanges(values: Float32Array, grouping: Grouping, settings: SchemeSettings): Float64Array {
  const bounds = groupBounds(grouping);
  const largest = largestMagnitudes(values, bounds);
  const rule = symmetricRule(values, settings);
  if (rule === null) return largest;
  return largest.map((most, group) =>
    most === 0 ? 0 : Math.min(rule(bounds[group], bounds[group + 1], most), most) || most,
  );
}

type SymmetricRule = (start: number, end: number, largest: number) => number;

/** Null for the rule that takes the largest magnitude. */
function symmetricRule(values: Float32Array, settings: SchemeSettings): SymmetricRule | null {
  const { bits } = settings;
  switch (settings.clip) {
    case "max":
      return null;
    case "percentile": {
      const { percentile } = schemeOptions(settings);
      return (start, end) => percentileOf(values.subarray(start, end).map(Math.abs).sort(), percentile);
    }
    case "mse": {
      const limit = 2 ** (bits - 1) - 1;
      return (start, end, largest) => leastSquaresRange(values, start, end, largest, limit);
    }
    case "entropy":
      return (start, end, largest) => entropyRange(values, start, end, largest, bits);
    case "aciq": {
      const clips = aciqClips(bits);
      return (start, end) => aciqReach(values, start, end, 0, clips);
    }
  }
}

export interface AsymmetricRanges {
  /** Not above 0. */
  readonly lows: Float64Array;
  /** Not below 0, and equal to the low for an all-zero group alone. */
  readonly highs: Float64Array;
}

/** The range of each group for codes with a zero point; it holds 0 whatever the weights are. */
export function asymmetricRanges(values: Float32Array, grouping: Grouping, settings: SchemeSettings): AsymmetricRanges {
  const bounds = groupBounds(grouping);
  const lows = new Float64Array(bounds.length - 1);
  const highs = new Float64Array(lows.length);
  const rule = asymmetricRule(values, settings);
  for (let group = 0; group < lows.length; group++) {
    const start = bounds[group];
    const end = bounds[group + 1];
    const [least, most] = minMax(values, start, end);
    const min = Math.min(least, 0);
    const max = Math.max(most, 0);
    const [chosenLow, chosenHigh] = rule === null || min === max ? [min, max] : rule(start, end, min, max);
    const low = Math.max(Math.min(chosenLow, 0), min);
    const high = Math.min(Math.max(chosenHigh, 0), max);
    lows[group] = low < high ? low : min;
    highs[group] = low < high ? high : max;
  }
  return { lows, highs };
}

type AsymmetricRule = (start: number, end: number, min: number, max: number) => [low: number, high: number];

/** Null for the rule that takes the smallest and the largest weight. */
function asymmetricRule(values: Float32Array, settings: SchemeSettings): AsymmetricRule | null {
  const { bits } = settings;
  switch (settings.clip) {
    case "max":
      return null;
    case "percentile": {
      const tail = (100 - schemeOptions(settings).percentile) / 2;
      return (start, end) => {
        const sorted = values.slice(start, end).sort();
        return [percentileOf(sorted, tail), percentileOf(sorted, 100 - tail)];
      };
    }
    case "mse":
      return (start, end, min, max) => leastSquaresBounds(values, start, end, min, max, 2 ** bits - 1);
    case "entropy":
      return (start, end, min, max) => {
        const reach = entropyRange(values, start, end, Math.max(-min, max), bits);
        return [-reach, reach];
      };
    case "aciq": {
      const clips = aciqClips(bits);
      return (start, end) => {
        const center = mean(values, start, end);
        const reach = aciqReach(values, start, end, center, clips);
        return [center - reach, center + reach];
      };
    }
  }
}

/** The weight of which at least `percentile` percent are no larger (nearest rank). @param sorted ascending, not empty */
function percentileOf(sorted: Float32Array, percentile: number): number {
  return sorted[Math.max(Math.ceil((percentile / 100) * sorted.length) - 1, 0)];
}

/** Without their sign bit, the bits of floats order as the magnitudes do, and integers compare faster. */
const MAGNITUDE_MASK = 0x7fff_ffff;

/** Largest magnitude of each group, 0 for an empty one. */
function largestMagnitudes(values: Float32Array, bounds: Uint32Array): Float64Array {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const largest = new Int32Array(bounds.length - 1);
  for (let group = 0; group < largest.length; group++) {
    const end = bounds[group + 1];
    let even = 0;
    let odd = 0;
    let i = bounds[group];
    for (; i + 1 < end; i += 2) {
      const first = bits[i] & MAGNITUDE_MASK;
      const second = bits[i + 1] & MAGNITUDE_MASK;
      even = larger(even, first);
      odd = larger(odd, second);
    }
    if (i < end) even = Math.max(even, bits[i] & MAGNITUDE_MASK);
    largest[group] = Math.max(even, odd);
  }
  return new Float64Array(new Float32Array(largest.buffer));
}

/** The larger of two integers that are not negative, without a branch to guess wrong. */
function larger(a: number, b: number): number {
  const difference = a - b;
  return a - (difference & (difference >> 31));
}

/** Smallest and largest of at least one weight. */
export function minMax(values: Float32Array, start: number, end: number): [number, number] {
  let min = values[start];
  let max = min;
  for (let i = start + 1; i < end; i++) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min, max];
}

function mean(values: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += values[i];
  return sum / (end - start);
}
