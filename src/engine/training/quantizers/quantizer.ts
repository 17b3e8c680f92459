/**
 * Weight quantizers in the training loop. What a scheme of `src/engine/schemes` makes of the float masters goes into the forward
 * pass; the gradient by that comes back and is taken for the one by the masters (straight-through estimator).
 */
import type { ChannelMajorWeights } from "../../graph/layout";
import type { QuantizedWeights } from "../../schemes/scheme";

export interface WeightQuantizer {
  /**
   * Numbers that are trained like weights, for scales the natural logarithms of the factors by which they differ from where they
   * started: whatever these become, scales stay positive. Empty where nothing is trained.
   */
  readonly trained: Float32Array;
  /** Training runs on the masters as they are, and only what is measured and deployed on their codes. */
  readonly floatForward: boolean;
  /** Palettes and the like, which the loop finds again now and then; part of a checkpoint. Empty where there are none. */
  readonly found: readonly number[];
  /** Finds again what is neither trained nor found in every step. */
  refit(masters: Float32Array): void;
  /** Brings `found` back from a checkpoint. */
  restore(found: readonly number[]): void;
  /**
   * Writes what the codes of the masters stand for: exactly what {@link codes} decode to.
   * @param masters channel-major; finite
   */
  quantize(masters: Float32Array, target: Float32Array): void;
  /**
   * Turns the gradient by the quantized weights into that by the masters, in place.
   * @param quantized what `quantize` wrote for these masters
   * @param trainedGradients receives the gradient by `trained`
   */
  backward(
    masters: Float32Array,
    quantized: Float32Array,
    gradients: Float32Array,
    trainedGradients: Float32Array,
  ): void;
  /**
   * Adds the gradients of a penalty on the masters; none where undefined.
   * @param share of its full weight
   * @returns the penalty
   */
  readonly addPenalty?: (
    masters: Float32Array,
    share: number,
    gradients: Float32Array,
    trainedGradients: Float32Array,
  ) => number;
  /** Scales of the groups, as `quantize` took them last. */
  scales(): Float64Array;
  /** The codes of the masters. */
  codes(masters: Float32Array): QuantizedWeights;
}

/** Masters seen as the schemes see weights. */
export function channelMajor(values: Float32Array, { channels, perChannel }: ChannelMajorWeights): ChannelMajorWeights {
  return { values, channels, perChannel };
}
