/** Optimizers: one fused loop over all elements of an array, in float32. */
import { withKernels } from "./kernels/kernels";

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

/** Arrays that an optimizer keeps beside each that it optimizes. */
export function momentCount(optimizer: OptimizerName): number {
  return optimizer === "adam" ? 2 : 1;
}

/**
 * @param length of the array that is optimized
 * @param allocate gives the arrays, of zeros
 */
export function optimizerState(
  optimizer: OptimizerName,
  length: number,
  allocate: (count: number) => Float32Array = (count) => new Float32Array(count),
): OptimizerState {
  return { moments: Array.from({ length: momentCount(optimizer) }, () => allocate(length)) };
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
  withKernels([values, gradients, ...moments], (kernels, [w, g, first, second]) => {
    if (options.optimizer === "sgd") {
      kernels.sgd(w, g, first, values.length, learningRate, momentum, keep, gradientFactor);
      return;
    }
    const root = Math.sqrt(1 - BETA2 ** step);
    const rate = (learningRate * root) / (1 - BETA1 ** step);
    kernels.adam(w, g, first, second, values.length, rate, BETA1, BETA2, EPSILON * root, keep, gradientFactor);
  });
}

/** Σ of squares over all arrays; not finite where an element is not. */
export function squaredNorm(arrays: readonly Float32Array[]): number {
  let sum = 0;
  for (const array of arrays) for (let i = 0; i < array.length; i++) sum += array[i] * array[i];
  return sum;
}
