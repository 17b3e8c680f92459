/**
 * Codes as the b-bit patterns that are packed.
 *
 * - `unsigned`: the code itself; zero-point codes and palette indices
 * - `twos-complement`: the low b bits; signed codes
 * - `without-zero`: codes −h … −1, 1 … h with `h = 2^(b−1)`, which are one more than two's complement holds: negative ones
 *   as `code + h`, positive ones as `code + h − 1`. The order of the codes is that of the patterns, the top bit is the sign (set for
 *   positive), and b = 1 has the patterns 0 for −1 and 1 for +1.
 */
import type { Codes, QuantizedWeights } from "./scheme";

export type BitPattern = "unsigned" | "twos-complement" | "without-zero";

/** How the codes of these weights become patterns. */
export function bitPatternOf(quantized: Pick<QuantizedWeights, "kind" | "codeMin">): BitPattern {
  if (quantized.kind === "ceil") return "without-zero";
  return quantized.codeMin < 0 ? "twos-complement" : "unsigned";
}

/** Patterns with nothing above their low `bits` defined, in 8 bits each where that is enough and else in 16. */
export function toBitPatterns(codes: Codes, bits: number, pattern: BitPattern): Uint8Array | Uint16Array {
  const Patterns = bits <= 8 ? Uint8Array : Uint16Array;
  if (pattern !== "without-zero") {
    return codes instanceof Int8Array && bits <= 8
      ? new Uint8Array(codes.buffer, codes.byteOffset, codes.length)
      : new Patterns(codes);
  }
  const offset = 2 ** (bits - 1);
  const shifted = new Int32Array(codes);
  for (let i = 0; i < shifted.length; i++) shifted[i] += shifted[i] < 0 ? offset : offset - 1;
  return new Patterns(shifted);
}

/** The codes of patterns, which hold nothing above their low `bits`. */
export function fromBitPatterns(patterns: Int32Array, bits: number, pattern: BitPattern): Int32Array {
  const offset = 2 ** (bits - 1);
  switch (pattern) {
    case "unsigned":
      return patterns;
    case "twos-complement":
      return patterns.map((value) => (value < offset ? value : value - 2 * offset));
    case "without-zero":
      return patterns.map((value) => (value < offset ? value - offset : value - offset + 1));
  }
}

/** The codes of weights as patterns, for packing. */
export function patternsOf(quantized: QuantizedWeights): Uint8Array | Uint16Array {
  return toBitPatterns(quantized.codes, quantized.bits, bitPatternOf(quantized));
}
