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
  readonly codes: Int32Array;
  /** May be negative, for biases beyond 2^31. */
  readonly fractionBits: number;
}

/** Codes keep to ±(2^31 − 1), so that they can be negated. */
const INT32_MAX = 2 ** 31 - 1;

/**
 * Biases as int32 with the largest number of fraction bits that does not overflow, rounded half to even; the error is at
 * most half of 2^−fractionBits. All-zero biases have 0 fraction bits.
 */
export function fixedPointBias(bias: Float32Array): BiasCodes {
  let absMax = 0;
  for (const value of bias) absMax = Math.max(absMax, Math.abs(value));
  if (absMax === 0) return { codes: new Int32Array(bias.length), fractionBits: 0 };
  let fractionBits = 31 - fixedPointScale(absMax).shift;
  while (roundHalfEven(absMax * 2 ** (fractionBits + 1)) <= INT32_MAX) fractionBits++;
  while (roundHalfEven(absMax * 2 ** fractionBits) > INT32_MAX) fractionBits--;
  const factor = 2 ** fractionBits;
  return { codes: Int32Array.from(bias, (value) => roundHalfEven(value * factor)), fractionBits };
}

/** A positive half-precision number as integers, `mantissa · 2^exponent` with a mantissa of 1 to 2047. */
export function halfParts(pattern: number): { readonly mantissa: number; readonly exponent: number } {
  const field = pattern >> 10;
  const fraction = pattern & 0x3ff;
  return field === 0 ? { mantissa: fraction, exponent: -24 } : { mantissa: fraction + 0x400, exponent: field - 25 };
}
