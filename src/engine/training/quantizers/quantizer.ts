/**
 * Weight quantizers in the training loop. What a scheme of `src/engine/schemes` makes of the float masters goes into the forward
 * pass; the gradient by that comes back and is taken for the one by the masters (straight-through estimator).
 */
import type { ChannelMajorWeights } from "../../graph/layout";
import type { QuantizedWeights } from "../../schemes/scheme";

export interface WeightQuantizer {
  /**
   * Natural logarithms of the factors by which the scales of the groups differ from where they started: trained like weights, and
   * whatever they become, scales stay positive. Empty where no scale is trained.
   */
  readonly factors: Float32Array;
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
   * @param factorGradients receives the gradient by `factors`
   */
  backward(
    masters: Float32Array,
    quantized: Float32Array,
    gradients: Float32Array,
    factorGradients: Float32Array,
  ): void;
  /** The codes of the masters. */
  codes(masters: Float32Array): QuantizedWeights;
}

/** Masters seen as the schemes see weights. */
export function channelMajor(values: Float32Array, { channels, perChannel }: ChannelMajorWeights): ChannelMajorWeights {
  return { values, channels, perChannel };
}
