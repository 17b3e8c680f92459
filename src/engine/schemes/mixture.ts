/**
 * Gaussian mixtures fitted to weights by expectation maximization in the log domain.
 * Source: Köksal, Alpaydın, Dündar, Weight Quantization for Multi-layer Perceptrons Using Soft Weight Sharing (2001), eq. 1–2.
 */
import type { WeightedPoints } from "./weighted-points";

export interface Mixture {
  /** α, μ and σ of each component; the shares add up to 1. */
  readonly shares: Float64Array;
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

export interface MixtureFit {
  readonly maxIterations: number;
  /** No deviation gets smaller, so that no component collapses onto a point. Positive. */
  readonly minDeviation: number;
  /** A component whose mean stays as it is; null for none. */
  readonly pinned: number | null;
  /** Shares stay equal and deviations as they are; with small ones this is k-means. */
  readonly equal: boolean;
}

/** No share gets smaller, so that its logarithm stays finite. */
const MIN_SHARE = 1e-9;

/** The fit ends when an iteration raises the mean log-likelihood by less. */
const MIN_GAIN = 1e-9;

/** Responsibilities below e^−40 of the largest vanish in double precision. */
export const NEGLIGIBLE = -40;

/** Repeats expectation and maximization from `start` until the likelihood settles, or `maxIterations` times. */
export function fitMixture(points: WeightedPoints, start: Mixture, fit: MixtureFit): Mixture {
  let mixture = start;
  let reached = -Infinity;
  for (let iteration = 0; iteration < fit.maxIterations; iteration++) {
    const moments = expectation(points, mixture);
    mixture = maximization(mixture, moments, fit);
    if (moments.meanLogLikelihood - reached < MIN_GAIN) break;
    reached = moments.meanLogLikelihood;
  }
  return mixture;
}

/** Sums over the points, by component, of responsibilities π and of `π·(x − μ)` and `π·(x − μ)²` with the old means. */
interface Moments {
  readonly counts: Float64Array;
  readonly firsts: Float64Array;
  readonly seconds: Float64Array;
  readonly meanLogLikelihood: number;
}

function expectation({ values, counts: pointCounts }: WeightedPoints, mixture: Mixture): Moments {
  const { means } = mixture;
  const { offsets, precisions } = logDensities(mixture);
  const size = means.length;
  const counts = new Float64Array(size);
  const firsts = new Float64Array(size);
  const seconds = new Float64Array(size);
  const logs = new Float64Array(size);
  const nearComponents = new Int32Array(size);
  const nearDensities = new Float64Array(size);
  let logLikelihood = 0;
  let total = 0;
  for (let p = 0; p < values.length; p++) {
    const x = values[p];
    let largest = -Infinity;
    for (let j = 0; j < size; j++) {
      const distance = x - means[j];
      const log = offsets[j] - precisions[j] * distance * distance;
      logs[j] = log;
      if (log > largest) largest = log;
    }
    let near = 0;
    let sum = 0;
    for (let j = 0; j < size; j++) {
      const relative = logs[j] - largest;
      if (relative < NEGLIGIBLE) continue;
      const density = Math.exp(relative);
      nearComponents[near] = j;
      nearDensities[near++] = density;
      sum += density;
    }
    const count = pointCounts[p];
    total += count;
    logLikelihood += count * (largest + Math.log(sum));
    for (let n = 0; n < near; n++) {
      const j = nearComponents[n];
      const responsibility = (count * nearDensities[n]) / sum;
      const distance = x - means[j];
      counts[j] += responsibility;
      firsts[j] += responsibility * distance;
      seconds[j] += responsibility * distance * distance;
    }
  }
  return { counts, firsts, seconds, meanLogLikelihood: logLikelihood / total };
}

function maximization(old: Mixture, moments: Moments, fit: MixtureFit): Mixture {
  const means = old.means.slice();
  const deviations = old.deviations.slice();
  const shares = old.shares.slice();
  for (let j = 0; j < means.length; j++) {
    const count = moments.counts[j];
    if (!fit.equal) shares[j] = Math.max(count, MIN_SHARE);
    if (count <= 0) continue;
    const step = j === fit.pinned ? 0 : moments.firsts[j] / count;
    means[j] = old.means[j] + step;
    if (fit.equal) continue;
    const variance = moments.seconds[j] / count - step * step;
    deviations[j] = Math.max(Math.sqrt(Math.max(variance, 0)), fit.minDeviation);
  }
  return { shares: normalized(shares), means, deviations };
}

/** α divided by their sum, none below the smallest allowed one. */
function normalized(shares: Float64Array): Float64Array {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => Math.max(share / total, MIN_SHARE));
}

/** `ln(α·N(x; μ, σ²))` is `offset − precision·(x − μ)²`, without the constant that all components share. */
export function logDensities({ shares, deviations }: Mixture): { offsets: Float64Array; precisions: Float64Array } {
  return {
    offsets: shares.map((share, j) => Math.log(share / deviations[j])),
    precisions: deviations.map((deviation) => 1 / (2 * deviation * deviation)),
  };
}
