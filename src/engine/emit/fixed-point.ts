/** Real numbers as the integers that firmware computes with. */
import { roundHalfEven } from "../schemes/rounding";

export interface FixedPointScale {
  /** Q31 mantissa, from 2^30 up to but not including 2^31. */
  readonly multiplier: number;
  /** Positive shifts left, negative right. */
  readonly shift: number;
}

/**
 * A positive scale as CMSIS-NN has it: `scale ≈ multiplier · 2^(shift − 31)`, to within 2^−32 of itself.
 * The shift of an extreme scale is outside ±31, where CMSIS-NN's kernels stop; what a kernel takes is the product of
 * input and weight scale over the output scale.
 */
export function fixedPointScale(scale: number): FixedPointScale {
  let shift = Math.floor(Math.log2(scale)) + 1;
  let mantissa = scale * 2 ** -shift;
  if (mantissa >= 1) {
    mantissa /= 2;
    shift++;
  } else if (mantissa < 0.5) {
    mantissa *= 2;
    shift--;
  }
  const multiplier = Math.round(mantissa * 2 ** 31);
  return multiplier === 2 ** 31 ? { multiplier: 2 ** 30, shift: shift + 1 } : { multiplier, shift };
}

export interface BiasCodes {
  /** One per output channel; `bias ≈ code · 2^−fractionBits`. */
  readonly codes: Int32Array | Int16Array;
  /** May be negative, for biases beyond 2^31. */
  readonly fractionBits: number;
}

/** Widths of biases: 16 bits are enough for Meller et al. (2019), §5.2. */
export const BIAS_BITS = [32, 16] as const;
export type BiasBits = (typeof BIAS_BITS)[number];

/**
 * Biases as int32 or int16 with the largest number of fraction bits that does not overflow, rounded half to even; the error is at
 * most half of 2^−fractionBits. All-zero biases have 0 fraction bits. Codes keep to ±(2^(bits−1) − 1), so that they can be
 * negated. Biases that are such codes already get the same ones again.
 */
export function fixedPointBias(bias: Float32Array, bits: BiasBits = 32): BiasCodes {
  const Codes = bits === 16 ? Int16Array : Int32Array;
  const largest = 2 ** (bits - 1) - 1;
  let absMax = 0;
  for (const value of bias) absMax = Math.max(absMax, Math.abs(value));
  if (absMax === 0) return { codes: new Codes(bias.length), fractionBits: 0 };
  let fractionBits = bits - 1 - fixedPointScale(absMax).shift;
  while (roundHalfEven(absMax * 2 ** (fractionBits + 1)) <= largest) fractionBits++;
  while (roundHalfEven(absMax * 2 ** fractionBits) > largest) fractionBits--;
  const factor = 2 ** fractionBits;
  const codes = new Codes(bias.length);
  bias.forEach((value, channel) => (codes[channel] = roundHalfEven(value * factor)));
  return { codes, fractionBits };
}

/** The width of a layer's biases; that of the default where it has none. */
export function biasBitsOf(bias: BiasCodes | null): BiasBits {
  return bias?.codes instanceof Int16Array ? 16 : 32;
}

/** A positive half-precision number as integers, `mantissa · 2^exponent` with a mantissa of 1 to 2047. */
export function halfParts(pattern: number): { readonly mantissa: number; readonly exponent: number } {
  const field = pattern >> 10;
  const fraction = pattern & 0x3ff;
  return field === 0 ? { mantissa: fraction, exponent: -24 } : { mantissa: fraction + 0x400, exponent: field - 25 };
}
