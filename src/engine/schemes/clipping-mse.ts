/** Ranges of least squared error, searched. */
import { groupBounds, type Grouping } from "./grouping";
import { exponentOf, smallestExponent } from "./power-of-two";
import { roundHalfEven } from "./rounding";

/** Groups of up to so many weights are searched weight by weight, larger ones in a histogram of so many bins. */
const POINTS = 4096;

/** Ranges tried: the largest times 2^(−i/4), down to a thousandth, then between the neighbours of the best. */
const COARSE_RATIO = 2 ** -0.25;
const COARSE_STEPS = 40;
const FINE_STEPS = 8;

/** Weights, or the means of bins with their counts. */
interface Points {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** Width of the bins; 0 where every weight is a point. */
  readonly width: number;
}

/**
 * The range R ≤ largest of least squared error for codes `clamp(round(w·limit/R), ±limit)`. Never worse than the largest
 * itself.
 * @param largest max|w| over the group, positive
 */
export function leastSquaresRange(
  values: Float32Array,
  start: number,
  end: number,
  largest: number,
  limit: number,
): number {
  const points = pointsOf(values, start, end, -largest, largest);
  const share = searchShare((tried) => {
    const step = (largest * tried) / limit;
    return squaredError(points, step, -limit, limit);
  });
  const range = largest * share;
  return points.width === 0 ||
    exactError(values, start, end, range / limit, -limit, limit) <
      exactError(values, start, end, largest / limit, -limit, limit)
    ? range
    : largest;
}

/** The bounds within `min` ≤ 0 ≤ `max` of least squared error for codes of `steps` steps with a zero point. */
export function leastSquaresBounds(
  values: Float32Array,
  start: number,
  end: number,
  min: number,
  max: number,
  steps: number,
): [number, number] {
  const points = pointsOf(values, start, end, min, max);
  const errorOf = (low: number, high: number): number => {
    const { step, codeMin, codeMax } = affineCodes(low, high, steps);
    return squaredError(points, step, codeMin, codeMax);
  };
  const both = searchShare((share) => errorOf(min * share, max * share));
  const upper = searchShare((share) => errorOf(min * both, max * share), both);
  const lower = searchShare((share) => errorOf(min * share, max * upper), both);
  const [low, high] = [min * lower, max * upper];
  if (points.width === 0) return [low, high];
  const exactErrorOf = (bounds: [number, number]): number => {
    const { step, codeMin, codeMax } = affineCodes(...bounds, steps);
    return exactError(values, start, end, step, codeMin, codeMax);
  };
  return exactErrorOf([low, high]) < exactErrorOf([min, max]) ? [low, high] : [min, max];
}

/** Step and codes, less the zero point, of affine codes between two bounds, `low` < `high`. */
function affineCodes(low: number, high: number, steps: number) {
  const step = (high - low) / steps;
  const zeroPoint = roundHalfEven(-low / step);
  return { step, codeMin: -zeroPoint, codeMax: steps - zeroPoint };
}

/** For each group the exponent e of least squared error for codes `clamp(round(w/2^e), ±limit)`; 0 for an all-zero group. */
export function leastSquaresExponents(
  values: Float32Array,
  grouping: Grouping,
  ranges: Float64Array,
  limit: number,
): Int8Array {
  const bounds = groupBounds(grouping);
  return Int8Array.from(ranges, (range, group) => {
    const first = smallestExponent(range, limit);
    const last = Math.max(first - exponentOf(limit) - 1, -128);
    let best = first;
    let least = Infinity;
    for (let exponent = first; exponent >= last; exponent--) {
      const error = exactError(values, bounds[group], bounds[group + 1], 2 ** exponent, -limit, limit);
      if (error < least) [least, best] = [error, exponent];
      else if (error > 4 * least) break;
    }
    return range === 0 ? 0 : best;
  });
}

/** The share in (0, 1] of least error among a geometric grid and then between the neighbours of its best. */
function searchShare(errorOf: (share: number) => number, start = 1): number {
  let best = start;
  let least = errorOf(start);
  const tryShare = (share: number): void => {
    const error = errorOf(share);
    if (error < least) {
      least = error;
      best = share;
    }
  };
  for (let step = 0; step <= COARSE_STEPS; step++) tryShare(COARSE_RATIO ** step);
  const center = best;
  for (let step = 1 - FINE_STEPS; step < FINE_STEPS; step++) {
    tryShare(Math.min(center * COARSE_RATIO ** (step / FINE_STEPS), 1));
  }
  return best;
}

function pointsOf(values: Float32Array, start: number, end: number, min: number, max: number): Points {
  const count = end - start;
  if (count <= POINTS) {
    return {
      values: Float64Array.from(values.subarray(start, end)),
      counts: new Float64Array(count).fill(1),
      width: 0,
    };
  }
  const sums = new Float64Array(POINTS);
  const counts = new Float64Array(POINTS);
  const range = max - min;
  for (let i = start; i < end; i++) {
    const value = values[i];
    const bin = Math.min((((value - min) * POINTS) / range) | 0, POINTS - 1);
    sums[bin] += value;
    counts[bin]++;
  }
  for (let bin = 0; bin < POINTS; bin++) if (counts[bin] > 0) sums[bin] /= counts[bin];
  return { values: sums, counts, width: range / POINTS };
}

/**
 * Squared error of codes `clamp(round(w/step))`. Where bins are wider than steps, the error within the range is that of
 * evenly spread weights, step²/12 each.
 */
function squaredError(points: Points, step: number, codeMin: number, codeMax: number): number {
  const { values, counts, width } = points;
  const perStep = 1 / step;
  const spread = width > step ? (step * step) / 12 : -1;
  let error = 0;
  for (let i = 0; i < values.length; i++) {
    let code = roundHalfEven(values[i] * perStep);
    if (code > codeMax) code = codeMax;
    else if (code < codeMin) code = codeMin;
    else if (spread >= 0) {
      error += counts[i] * spread;
      continue;
    }
    const difference = values[i] - code * step;
    error += counts[i] * difference * difference;
  }
  return error;
}

function exactError(
  values: Float32Array,
  start: number,
  end: number,
  step: number,
  codeMin: number,
  codeMax: number,
): number {
  let error = 0;
  for (let i = start; i < end; i++) {
    const value = values[i];
    let quotient = value / step;
    if (quotient > codeMax) quotient = codeMax;
    else if (quotient < codeMin) quotient = codeMin;
    const difference = value - roundHalfEven(quotient) * step;
    error += difference * difference;
  }
  return error;
}
