/** From what calibration saw to one range: the rules `max`, `percentile`, `mse` and `entropy`. */
import type { GroupRange } from "./calibrate";
import type { Distribution } from "./distribution";
import { entropyThreshold } from "./entropy-range";
import { activationParameters, type ActivationParameters, type ActivationSettings } from "./parameters";

export const RANGE_RULES = ["max", "percentile", "mse", "entropy"] as const;
export type RangeRule = (typeof RANGE_RULES)[number];

export interface RangeSettings {
  readonly rule: RangeRule;
  /** Of `percentile`: the share of values, in percent, that each end leaves inside. Default 99.99. */
  readonly percentile?: number;
}

export const DEFAULT_PERCENTILE = 99.99;

/** Ends that the search for the least squared error tries, as shares of the whole range; then again around the best one. */
const COARSE_SHARES = 64;
const FINE_SHARES = 16;

export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * The range of a group by a rule; inside the exact minimum and maximum, which are the rule `max`.
 *
 * - `percentile`: both ends move inwards until (100 − p) % of the values lie beyond each; an end at 0 stays.
 * - `mse`: the ends for which rounding and clipping together make the least squared error, searched one after the other.
 * - `entropy`: the magnitude at which clipping loses the least information (Kullback-Leibler divergence between the clipped
 *   distribution and what the codes can express), searched over all multiples of a bin group.
 */
export function chooseRange(observed: GroupRange, rule: RangeSettings, settings: ActivationSettings): Range {
  const whole = { min: observed.min, max: observed.max };
  if (observed.distribution.total === 0 || whole.min === whole.max) return whole;
  switch (rule.rule) {
    case "max":
      return whole;
    case "percentile":
      return percentileRange(observed, rule.percentile ?? DEFAULT_PERCENTILE);
    case "mse":
      return leastSquaresRange(observed, settings);
    case "entropy": {
      const threshold = entropyThreshold(observed, settings.bits);
      return { min: Math.max(whole.min, -threshold), max: Math.min(whole.max, threshold) };
    }
  }
}

function percentileRange({ min, max, distribution }: GroupRange, percentile: number): Range {
  const outside = distribution.total * (1 - percentile / 100);
  return {
    min: min >= 0 ? min : Math.min(0, Math.max(min, quantile(distribution, outside))),
    max: max <= 0 ? max : Math.max(0, Math.min(max, quantile(distribution, distribution.total - outside))),
  };
}

/** The value below which `rank` of the counted ones lie, interpolated inside its bin. */
function quantile(distribution: Distribution, rank: number): number {
  const { counts, min, binWidth, zeros } = distribution;
  let below = 0;
  let zerosCounted = zeros === 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const left = min + bin * binWidth;
    if (!zerosCounted && left + binWidth > 0) {
      if (below + zeros >= rank && left >= 0) return 0;
      below += zeros;
      zerosCounted = true;
      if (below >= rank) return 0;
    }
    if (counts[bin] > 0 && below + counts[bin] >= rank) return left + ((rank - below) / counts[bin]) * binWidth;
    below += counts[bin];
  }
  return zerosCounted ? min + counts.length * binWidth : 0;
}

function leastSquaresRange(observed: GroupRange, settings: ActivationSettings): Range {
  const { min, max, distribution } = observed;
  const error = (range: Range) => squaredError(distribution, activationParameters(settings, range.min, range.max));
  let best: Range = { min, max };
  if (max > 0) best = bestEnd((end) => ({ ...best, max: end }), max, error);
  if (min < 0) best = bestEnd((end) => ({ ...best, min: end }), min, error);
  if (max > 0 && min < 0) best = bestEnd((end) => ({ ...best, max: end }), max, error);
  return best;
}

/** Tries shares of one end, coarsely and then around the best. */
function bestEnd(withEnd: (end: number) => Range, end: number, error: (range: Range) => number): Range {
  let bestShare = 1;
  let least = error(withEnd(end));
  const tryShare = (share: number) => {
    const found = error(withEnd(end * share));
    if (found < least) [least, bestShare] = [found, share];
  };
  for (let step = COARSE_SHARES - 1; step > 0; step--) tryShare(step / COARSE_SHARES);
  const around = bestShare;
  for (let step = -FINE_SHARES + 1; step < FINE_SHARES; step++) {
    const share = around + step / (COARSE_SHARES * FINE_SHARES);
    if (share > 0 && share <= 1) tryShare(share);
  }
  return withEnd(end * bestShare);
}

/**
 * Squared error that codes with these parameters make of the distribution. Bins that are coarser than the codes tell nothing
 * of rounding: there it is taken as uniform, `step²/12` a value.
 */
export function squaredError(distribution: Distribution, parameters: ActivationParameters): number {
  const { counts, binWidth } = distribution;
  const { scale, zeroPoint, codeMin, codeMax, scheme } = parameters;
  const low = scale * (codeMin - zeroPoint);
  const high = scale * (codeMax - zeroPoint);
  const resolved = binWidth <= scale / 4;
  const uniform = (scale * scale) / (scheme === "ceil" ? 3 : 12);
  let error = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    if (counts[bin] === 0) continue;
    const value = distribution.centre(bin);
    if (value < low) error += counts[bin] * (value - low) ** 2;
    else if (value > high) error += counts[bin] * (value - high) ** 2;
    else if (!resolved) error += counts[bin] * uniform;
    else {
      const quotient = value / scale;
      const rounded = (scheme === "ceil" ? Math.ceil(quotient) : Math.round(quotient)) * scale;
      error += counts[bin] * (value - rounded) ** 2;
    }
  }
  return error;
}
