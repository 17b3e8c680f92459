/**
 * Bytes that a layer takes in flash: the sum of its arrays, without what a linker adds to align them.
 * A single scale or zero point is a macro and takes nothing.
 */
import type { QuantizedWeights } from "../schemes/scheme";
import { storedBytes } from "../schemes/stored-bytes";
import { codeArrayBytes, type Packing } from "./code-storage";
import type { BiasBits } from "./fixed-point";

const FLOAT32_BYTES = 4;

/**
 * @param quantized weights of the layer
 * @param biasLength biases of the layer, 0 where it has none
 * @param shared an earlier layer holds codes and parameters
 * @param packing the one that applies: see `packingOf`
 * @param biasBits of one bias
 */
export function layerFlashBytes(
  quantized: QuantizedWeights,
  biasLength: number,
  shared: boolean,
  packing: Packing = "dense",
  biasBits: BiasBits = 32,
): number {
  if (shared) return biasBytes(biasLength, biasBits);
  const { scales, zeroPoints, palette } = storedBytes(quantized);
  return codeArrayBytes(quantized, packing) + scales + zeroPoints + palette + biasBytes(biasLength, biasBits);
}

export function biasBytes(length: number, bits: BiasBits = 32): number {
  return (length * bits) / 8;
}

/** The same layer in float32. */
export function layerFloatBytes(weightCount: number, biasLength: number, shared: boolean): number {
  return ((shared ? 0 : weightCount) + biasLength) * FLOAT32_BYTES;
}

/** Whether scales and zero points are arrays; those of a single group are macros. */
export function hasScaleArrays(quantized: QuantizedWeights): boolean {
  return quantized.scales.length > 1;
}
