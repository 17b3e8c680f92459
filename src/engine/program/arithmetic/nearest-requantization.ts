/** Requantization of sums that ONNX Runtime computes in floating point: nothing to equal, so the nearest integers. */
import { mantissaOf } from "./float-product";
import type { ChannelRequantization } from "./requantization";

/** `up` is that of activations whose codes are rounded up. */
export type RoundingDirection = "nearest" | "up";

/** What kernels take, by the bits of sums. */
const MIN_SHIFT = { nearest: { 32: 17, 64: 23 }, up: { 32: 31, 64: 23 } };
const MAX_SHIFT = 62;
const MAX_SHIFT_ALONE = 31;
const INT32_MAX = 2 ** 31 - 1;

/**
 * One requantization a scale: shifts alone where all of them are powers of two, else multipliers of 31 bits. Multipliers that
 * round up are never above the scale, so that whole products stay what they are.
 *
 * @param scales float32 values
 * @param largest magnitude of the accumulators, by channel
 * @param accumulatorBits what comes of 64 is clamped before it is cut to 32
 * @returns null where a scale is 2^8 or more, or an accumulator of 32 bits times it has more than 32 bits
 */
export function nearestRequantizations(
  scales: readonly number[],
  largest: readonly number[],
  direction: RoundingDirection,
  accumulatorBits: 32 | 64,
): ChannelRequantization[] | null {
  const minShift = MIN_SHIFT[direction][accumulatorBits];
  if (accumulatorBits === 32 && scales.some((scale, channel) => scale * largest[channel] > INT32_MAX)) return null;
  const parts = scales.map(mantissaOf);
  const shifts = parts.map(({ mantissa, exponent }) => (mantissa === 2 ** 23 ? exponent - 23 : -1));
  const mostAlone = direction === "up" ? 0 : MAX_SHIFT_ALONE;
  if (shifts.every((shift) => shift >= 0 && shift <= mostAlone)) {
    return shifts.map((shift) => ({ rounding: "half-even", multiplier: 1, shift }));
  }
  const rounding = direction === "up" ? "up" : "half-up";
  const fitted = parts.map(({ mantissa, exponent }) => {
    const shift = Math.min(exponent + 7, MAX_SHIFT);
    const multiplier = mantissa * 2 ** (shift - exponent);
    return {
      rounding,
      shift,
      multiplier: direction === "up" ? Math.floor(multiplier) : Math.round(multiplier),
    } as const;
  });
  return fitted.some(({ shift }) => shift < minShift) ? null : fitted;
}
