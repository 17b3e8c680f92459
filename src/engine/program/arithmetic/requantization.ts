/**
 * Requantization: from an accumulator to an output code.
 *
 *     code = clamp(offset + round(accumulator · multiplier · 2^−shift), activationMin, activationMax)
 *
 * `round` is one of
 * - `half-up`: `(accumulator · multiplier + 2^(shift−1)) >> shift`, computed in 64 bits; CMSIS-NN's single rounding
 * - `float-product`: accumulator and product are rounded to 24 significant bits and then to an integer, all half to even,
 *   which is what a product in float32 does; the multiplier has 24 bits
 * - `half-even`: `(accumulator + 2^(shift−1) − 1 + ((accumulator >> shift) & 1)) >> shift`, for a multiplier of 1: shifts alone
 * - `double`: gemmlowp's two roundings, as TensorFlow Lite has them
 * - `up`: `(accumulator · multiplier + 2^shift − 2^(shift−12) − 1) >> shift`, the smallest integer that is not below the product
 *   less the margin of `round-up.ts`
 */
import { marginOf } from "./round-up";

export const CHANNEL_ROUNDINGS = ["half-up", "float-product", "half-even", "double", "up"] as const;
export type ChannelRounding = (typeof CHANNEL_ROUNDINGS)[number];

export interface ChannelRequantization {
  readonly rounding: ChannelRounding;
  /** Below 2^31; 0 only where every accumulator gives 0. */
  readonly multiplier: number;
  /**
   * To the right in all. `half-up`: 17 to 62, and from 23 on for accumulators of 64 bits. `float-product`: 18 to 62.
   * `half-even`: 0 to 31. `double`: 0 to 62. `up`: 31 to 62, and from 23 on
   * for accumulators of 64 bits.
   */
  readonly shift: number;
}

/** One entry a channel, or one for all. */
export type Requantization = readonly ChannelRequantization[];

const INT32_LIMIT = 2 ** 31;

/** `floor((a · multiplier + 2^(shift−1)) / 2^shift)` exactly: |a| < 2^53, multiplier of 32 bits, shift from 17 to 62. */
export function multiplyHalfUp(a: number, multiplier: number, shift: number): number {
  return shiftedProduct(a, multiplier, shift, 2 ** (shift - 1));
}

/** @param added to the product: a power of two */
function shiftedProduct(a: number, multiplier: number, shift: number, added: number): number {
  if (Math.abs(a) >= INT32_LIMIT || added < 65536) {
    return Number((BigInt(a) * BigInt(multiplier) + BigInt(added)) >> BigInt(shift));
  }
  const high = Math.floor(a / 65536) * multiplier;
  const low = Math.floor(((a & 0xffff) * multiplier) / 65536);
  return Math.floor((high + low + added / 65536) / 2 ** (shift - 16));
}

/** The rounded product, before offset and clamp. */
export function requantize(accumulator: number, { rounding, multiplier, shift }: ChannelRequantization): number {
  switch (rounding) {
    case "half-up":
      return multiplyHalfUp(accumulator, multiplier, shift);
    case "float-product":
      return roundedFloatProduct(accumulator, multiplier, shift);
    case "half-even":
      return shiftHalfEven(accumulator, shift);
    case "double":
      return doubleRounding(accumulator, multiplier, shift);
    case "up":
      return -shiftedProduct(-accumulator, multiplier, shift, marginOf(shift));
  }
}

/** `accumulator / 2^shift` rounded half to even; exact below 2^53. */
export function shiftHalfEven(accumulator: number, shift: number): number {
  const quotient = accumulator / 2 ** shift;
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** The accumulator has 24 significant bits in float32 and the mantissa as many: their product is exact in double precision. */
function roundedFloatProduct(accumulator: number, mantissa: number, shift: number): number {
  const quotient = Math.fround(Math.fround(accumulator) * mantissa) / 2 ** shift;
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/**
 * gemmlowp: `SaturatingRoundingDoublingHighMul`, which rounds the product to 31 bits half away from zero as it is written
 * there (2^30 or 1 − 2^30 added, then divided towards zero), and `RoundingDivideByPOT`, half away from zero.
 */
function doubleRounding(accumulator: number, multiplier: number, shift: number): number {
  const left = Math.max(0, 31 - shift);
  const right = Math.max(0, shift - 31);
  const product = BigInt(accumulator) * (1n << BigInt(left)) * BigInt(multiplier);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const high = Number((product + nudge) / (1n << 31n));
  const mask = 2 ** right - 1;
  const floor = Math.floor(high / 2 ** right);
  const remainder = high - floor * 2 ** right;
  return remainder > Math.floor(mask / 2) + (high < 0 ? 1 : 0) ? floor + 1 : floor;
}
