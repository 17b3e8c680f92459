/**
 * Bytes that a layer takes in flash: the sum of its arrays, without what a linker adds to align them.
 * A single scale is a macro and takes nothing.
 */
import { codeBytes } from "../schemes/codes";
import type { QuantizedWeights } from "../schemes/scheme";

const INT32_BYTES = 4;
const FLOAT32_BYTES = 4;

/**
 * @param quantized weights of the layer
 * @param biasLength biases of the layer, 0 where it has none
 * @param shared an earlier layer holds codes and scales
 */
export function layerFlashBytes(quantized: QuantizedWeights, biasLength: number, shared: boolean): number {
  if (shared) return biasBytes(biasLength);
  const codes = quantized.codes.length * codeBytes(quantized.codeMin, quantized.codeMax);
  const scales = hasScaleArrays(quantized) ? quantized.scales.length * 2 * INT32_BYTES : 0;
  return codes + scales + biasBytes(biasLength);
}

/** Biases are int32. */
export function biasBytes(length: number): number {
  return length * INT32_BYTES;
}

/** The same layer in float32. */
export function layerFloatBytes(weightCount: number, biasLength: number, shared: boolean): number {
  return ((shared ? 0 : weightCount) + biasLength) * FLOAT32_BYTES;
}

/** Whether multipliers and shifts are arrays; one scale is a pair of macros. */
export function hasScaleArrays(quantized: QuantizedWeights): boolean {
  return quantized.scales.length > 1;
}
