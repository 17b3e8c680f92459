/**
 * Soft weight sharing during training: weights are drawn to the means of a Gaussian mixture that is trained along.
 * Source: Köksal, Alpaydın, Dündar, Weight Quantization for Multi-layer Perceptrons Using Soft Weight Sharing (2001), eq. 1–2;
 * Nowlan and Hinton, Simplifying Neural Networks by Soft Weight-Sharing (1992).
 */
import { NEGLIGIBLE, type Mixture } from "../../schemes/mixture";

/**
 * A mixture as it is trained: three numbers a component, `[η, μ, ln σ]`, all η first, then all μ, then all ln σ. The shares
 * are the softmax of η, and σ stays positive.
 */
export type MixtureParameters = Float32Array;

export function mixtureParameters({ shares, means, deviations }: Mixture): MixtureParameters {
  return Float32Array.from([...shares.map(Math.log), ...means, ...deviations.map(Math.log)]);
}

export function mixtureFrom(parameters: MixtureParameters): Mixture {
  const size = parameters.length / 3;
  const logits = parameters.subarray(0, size);
  const largest = logits.reduce((most, value) => Math.max(most, value), -Infinity);
  const exponentials = Float64Array.from(logits, (value) => Math.exp(value - largest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return {
    shares: exponentials.map((value) => value / total),
    means: Float64Array.from(parameters.subarray(size, 2 * size)),
    deviations: Float64Array.from(parameters.subarray(2 * size), Math.exp),
  };
}

/**
 * Adds the gradients of `factor·Ω` with `Ω = −Σ_i ln Σ_j α_j·N(w_i; μ_j, σ_j²)`. With the responsibilities π_j:
 * `∂Ω/∂w_i = Σ_j π_j(w_i)·(w_i − μ_j)/σ_j²`, `∂Ω/∂μ_j = Σ_i π_j(w_i)·(μ_j − w_i)/σ_j²`,
 * `∂Ω/∂σ_j = Σ_i π_j(w_i)·(1/σ_j − (w_i − μ_j)²/σ_j³)`, times σ_j by ln σ_j, and `∂Ω/∂η_j = Σ_i (α_j − π_j(w_i))`.
 * @param weights all sets of weights that share the mixture
 * @param gradients by the weights, in the same order; added to
 * @param parameterGradients added to, as {@link MixtureParameters} are laid out
 * @returns `factor·Ω`
 */
export function addMixturePenalty(
  weights: readonly Float32Array[],
  parameters: MixtureParameters,
  factor: number,
  gradients: readonly Float32Array[],
  parameterGradients: Float32Array,
): number {
  const { shares, means, deviations } = mixtureFrom(parameters);
  const size = means.length;
  const precisions = deviations.map((deviation) => 1 / (deviation * deviation));
  const offsets = shares.map((share, j) => Math.log(share / (deviations[j] * Math.sqrt(2 * Math.PI))));
  const logs = new Float64Array(size);
  const nearComponents = new Int32Array(size);
  const nearDensities = new Float64Array(size);
  const counts = new Float64Array(size);
  const byMean = new Float64Array(size);
  const byLogDeviation = new Float64Array(size);
  let penalty = 0;
  let total = 0;
  for (let set = 0; set < weights.length; set++) {
    const values = weights[set];
    const target = gradients[set];
    total += values.length;
    for (let i = 0; i < values.length; i++) {
      const weight = values[i];
      let largest = -Infinity;
      for (let j = 0; j < size; j++) {
        const distance = weight - means[j];
        const log = offsets[j] - 0.5 * precisions[j] * distance * distance;
        logs[j] = log;
        if (log > largest) largest = log;
      }
      let near = 0;
      let sum = 0;
      for (let j = 0; j < size; j++) {
        if (logs[j] - largest < NEGLIGIBLE) continue;
        const density = Math.exp(logs[j] - largest);
        nearComponents[near] = j;
        nearDensities[near++] = density;
        sum += density;
      }
      penalty -= largest + Math.log(sum);
      let byWeight = 0;
      for (let n = 0; n < near; n++) {
        const j = nearComponents[n];
        const responsibility = nearDensities[n] / sum;
        const distance = weight - means[j];
        const pull = responsibility * distance * precisions[j];
        byWeight += pull;
        byMean[j] -= pull;
        byLogDeviation[j] += responsibility - pull * distance;
        counts[j] += responsibility;
      }
      target[i] += factor * byWeight;
    }
  }
  for (let j = 0; j < size; j++) {
    parameterGradients[j] += factor * (total * shares[j] - counts[j]);
    parameterGradients[size + j] += factor * byMean[j];
    parameterGradients[2 * size + j] += factor * byLogDeviation[j];
  }
  return factor * penalty;
}
