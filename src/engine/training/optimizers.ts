/** Optimizers: one fused loop over all elements of an array. */

export const OPTIMIZERS = ["sgd", "adam"] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

export interface OptimizerSettings {
  readonly optimizer: OptimizerName;
  /** Of `sgd`: the share of the last step that the next one takes along. */
  readonly momentum: number;
  /** The share of each value, times the learning rate, that a step takes away; decoupled from the gradient. */
  readonly weightDecay: number;
}

/** What an optimizer remembers of one array; part of a checkpoint. */
export interface OptimizerState {
  readonly moments: readonly Float32Array[];
}

/** Source: Kingma and Ba, Adam (2015), the values of Algorithm 1. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** @param length of the array that is optimized */
export function optimizerState(optimizer: OptimizerName, length: number): OptimizerState {
  const count = optimizer === "adam" ? 2 : 1;
  return { moments: Array.from({ length: count }, () => new Float32Array(length)) };
}

export interface UpdateOptions extends OptimizerSettings {
  readonly learningRate: number;
  /** Counted from 1. */
  readonly step: number;
  /** Multiplied to all gradients: that of clipping. */
  readonly gradientFactor: number;
}

/**
 * One step of gradient descent, in place.
 *
 * - `sgd`: `m ← momentum·m + g`, `w ← w − rate·m`
 * - `adam`: bias-corrected first and second moments; Kingma and Ba, Adam (2015), Algorithm 1
 *
 * Weight decay first takes `rate·decay·w` off (Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019).
 */
export function update(
  values: Float32Array,
  gradients: Float32Array,
  { moments }: OptimizerState,
  options: UpdateOptions,
): void {
  const { learningRate, weightDecay, gradientFactor, momentum, step } = options;
  const keep = 1 - learningRate * weightDecay;
  if (options.optimizer === "sgd") {
    sgd(values, gradients, moments[0], learningRate, momentum, keep, gradientFactor);
    return;
  }
  const correctedRate = (learningRate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
  const epsilon = EPSILON * Math.sqrt(1 - BETA2 ** step);
  adam(values, gradients, moments[0], moments[1], correctedRate, epsilon, keep, gradientFactor);
}

function sgd(
  values: Float32Array,
  gradients: Float32Array,
  velocities: Float32Array,
  rate: number,
  momentum: number,
  keep: number,
  factor: number,
): void {
  for (let i = 0; i < values.length; i++) {
    const velocity = momentum * velocities[i] + factor * gradients[i];
    velocities[i] = velocity;
    values[i] = keep * values[i] - rate * velocity;
  }
}

function adam(
  values: Float32Array,
  gradients: Float32Array,
  firsts: Float32Array,
  seconds: Float32Array,
  rate: number,
  epsilon: number,
  keep: number,
  factor: number,
): void {
  for (let i = 0; i < values.length; i++) {
    const gradient = factor * gradients[i];
    const first = BETA1 * firsts[i] + (1 - BETA1) * gradient;
    const second = BETA2 * seconds[i] + (1 - BETA2) * gradient * gradient;
    firsts[i] = first;
    seconds[i] = second;
    values[i] = keep * values[i] - (rate * first) / (Math.sqrt(second) + epsilon);
  }
}

/** Σ of squares over all arrays; not finite where an element is not. */
export function squaredNorm(arrays: readonly Float32Array[]): number {
  let sum = 0;
  for (const array of arrays) for (let i = 0; i < array.length; i++) sum += array[i] * array[i];
  return sum;
}
