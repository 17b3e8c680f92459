/**
 * The activation plan: which values of a graph get integer codes, which of them share parameters, and where each layer's
 * output is compared.
 */

/** Values that share one scale and zero point, so that integers move between them unchanged. */
export interface ActivationGroup {
  /** Names of the values, the one that is produced first in front. */
  readonly values: readonly string[];
}

export interface ActivationPlan {
  readonly groups: readonly ActivationGroup[];
  /** Index into `groups` of every value that gets codes. */
  readonly groupOf: ReadonlyMap<string, number>;
  /** Layer name → the value after its fused bias and activation: where float and quantized are compared. */
  readonly outputPoint: ReadonlyMap<string, string>;
  /** Float values that get no codes, and why (an operator without an integer form reads or makes them). */
  readonly left: readonly { readonly value: string; readonly reason: string }[];
}
