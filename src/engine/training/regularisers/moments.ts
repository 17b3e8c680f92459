/** Penalties on the shape of a layer's distribution of weights. */

export interface MomentPenalty {
  /** Weight of the squared skewness. */
  readonly skewness: number;
  /** Weight of the squared difference from the wanted kurtosis. */
  readonly kurtosis: number;
  /** Excess kurtosis that is wanted: −1.2 is that of a uniform distribution, which uses all codes alike. */
  readonly wantedKurtosis: number;
}

/** Moments of a set of weights that the penalty looks at. */
export interface Moments {
  readonly skewness: number;
  /** Less 3. */
  readonly kurtosis: number;
}

/**
 * Adds the gradient of `a·γ² + b·(κ − κ₀)²`, with the skewness γ = m₃/m₂^1.5 and the excess kurtosis κ = m₄/m₂² − 3 of the
 * weights; with the deviation d = w − mean, its standard form u = d/√m₂ and n weights
 * `∂γ/∂w = 3·(u² − 1 − γ·u) / (n·√m₂)` and `∂κ/∂w = 4·(u³ − γ − (κ + 3)·u) / (n·√m₂)`.
 * Weights that are all equal have no such moments and no gradient.
 * @param factor multiplied to the penalty
 * @param gradients added to
 * @returns the penalty, times the factor
 */
export function addMomentPenalty(
  weights: Float32Array,
  penalty: MomentPenalty,
  factor: number,
  gradients: Float32Array,
): number {
  const n = weights.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += weights[i];
  const mean = sum / n;
  let m2 = 0;
  let m3 = 0;
  let m4 = 0;
  for (let i = 0; i < n; i++) {
    const d = weights[i] - mean;
    const square = d * d;
    m2 += square;
    m3 += square * d;
    m4 += square * square;
  }
  if (m2 === 0) return 0;
  const deviation = Math.sqrt(m2 / n);
  const skewness = m3 / n / deviation ** 3;
  const raw = m4 / n / deviation ** 4;
  const excess = raw - 3 - penalty.wantedKurtosis;
  const bySkewness = (factor * 6 * penalty.skewness * skewness) / (n * deviation);
  const byKurtosis = (factor * 8 * penalty.kurtosis * excess) / (n * deviation);
  for (let i = 0; i < n; i++) {
    const u = (weights[i] - mean) / deviation;
    const square = u * u;
    gradients[i] += bySkewness * (square - 1 - skewness * u) + byKurtosis * (square * u - skewness - raw * u);
  }
  return factor * (penalty.skewness * skewness ** 2 + penalty.kurtosis * excess ** 2);
}
