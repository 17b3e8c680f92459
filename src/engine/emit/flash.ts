/**
 * Bytes that a layer takes in flash: the sum of its arrays, without what a linker adds to align them.
 * A single scale or zero point is a macro and takes nothing.
 */
import type { QuantizedWeights } from "../schemes/scheme";
import { storedBytes } from "../schemes/stored-bytes";
import { codeArrayBytes, type Packing } from "./code-storage";

const INT32_BYTES = 4;
const FLOAT32_BYTES = 4;

/**
 * @param quantized weights of the layer
 * @param biasLength biases of the layer, 0 where it has none
 * @param shared an earlier layer holds codes and parameters
 * @param packing the one that applies: see `packingOf`
 */
export function layerFlashBytes(
  quantized: QuantizedWeights,
  biasLength: number,
  shared: boolean,
  packing: Packing = "dense",
): number {
  if (shared) return biasBytes(biasLength);
  const { scales, zeroPoints, palette } = storedBytes(quantized);
  return codeArrayBytes(quantized, packing) + scales + zeroPoints + palette + biasBytes(biasLength);
}

/** Biases are int32. */
export function biasBytes(length: number): number {
  return length * INT32_BYTES;
}

/** The same layer in float32. */
export function layerFloatBytes(weightCount: number, biasLength: number, shared: boolean): number {
  return ((shared ? 0 : weightCount) + biasLength) * FLOAT32_BYTES;
}

/** Whether scales and zero points are arrays; those of a single group are macros. */
export function hasScaleArrays(quantized: QuantizedWeights): boolean {
  return quantized.scales.length > 1;
}
