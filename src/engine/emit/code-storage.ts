/** How the codes of a layer stand in memory, and the elements of the array that holds them. */
import { toOnnxOrder, type WeightLayout } from "../graph/layout";
import { bitPatternOf, patternsOf } from "../schemes/bit-patterns";
import { codeBytes } from "../schemes/codes";
import { packCodes } from "../schemes/packing";
import type { Codes, QuantizedWeights } from "../schemes/scheme";
import { storedBytes } from "../schemes/stored-bytes";
import type { WeightsEmission } from "./emission";

/**
 * - `dense`: codes of other than 8 and 16 bits are packed, every output channel padded to a whole byte
 * - `none`: every code is an element of 8 or 16 bits
 */
export const PACKINGS = ["dense", "none"] as const;
export type Packing = (typeof PACKINGS)[number];

/** The packing that applies: channels are not contiguous in the order of the model, so nothing is packed there. */
export function packingOf({ order, packing }: Pick<WeightsEmission, "order" | "packing">): Packing {
  return order === "onnx" ? "none" : packing;
}

export function isPacked({ bits }: Pick<QuantizedWeights, "bits">, packing: Packing): boolean {
  return packing === "dense" && bits !== 8 && bits !== 16;
}

/** C type of the elements: bytes of packed codes; else signed codes as they are, all others as their patterns. */
export function elementType(quantized: QuantizedWeights, packing: Packing): string {
  if (isPacked(quantized, packing)) return "uint8_t";
  const sign = bitPatternOf(quantized) === "twos-complement" ? "" : "u";
  return `${sign}int${8 * elementBytes(quantized)}_t`;
}

/** Bytes of the array of codes. */
export function codeArrayBytes(quantized: QuantizedWeights, packing: Packing): number {
  return packing === "dense" ? storedBytes(quantized).codes : quantized.codes.length * elementBytes(quantized);
}

/** Elements of the array of codes, in the order of the emission. */
export function codeElements(
  quantized: QuantizedWeights,
  layout: WeightLayout,
  emission: Pick<WeightsEmission, "order" | "packing">,
): Codes {
  if (isPacked(quantized, packingOf(emission))) return packCodes(quantized);
  const elements = bitPatternOf(quantized) === "twos-complement" ? signedElements(quantized) : patternsOf(quantized);
  return emission.order === "onnx" ? toOnnxOrder(elements, layout) : elements;
}

/** The narrowest standard integer for `codeMin` to `codeMax`. */
export function integerType(codeMin: number, codeMax: number): string {
  return `${codeMin < 0 ? "" : "u"}int${8 * codeBytes(codeMin, codeMax)}_t`;
}

function elementBytes({ bits }: QuantizedWeights): 1 | 2 {
  return bits <= 8 ? 1 : 2;
}

/** Signed codes in elements of the width that was asked for, which may be more than they need. */
function signedElements({ codes, bits }: QuantizedWeights): Codes {
  return bits > 8 && codes.BYTES_PER_ELEMENT === 1 ? new Int16Array(codes) : codes;
}
