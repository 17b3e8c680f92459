/**
 * From real numbers to codes: `q = clamp(round(w · numerator / denominator))`.
 *
 * A weight has 24 significant bits and a numerator at most 16, so the product is exact in double precision and the
 * division rounds once. A quotient that is an integer or a half comes out as such, and one that is close to it stays on
 * its side. Multiplying by a rounded `numerator / denominator` would have none of this: under truncation it can turn
 * max|w| into one code less than the largest.
 */
import type { Rounding } from "./scheme";

/** Adding and subtracting 1.5·2^52 leaves a double of magnitude below 2^51 rounded to the nearest integer, ties to even. */
const TO_INTEGER = 1.5 * 2 ** 52;

/**
 * Rounds a run of weights. Quotients are clamped before they are rounded, so that none leaves the range of an integer.
 * @param values the weights between `start` (included) and `end` (excluded) are read
 * @param numerator an integer from 1 to 2^16
 * @param denominator positive and finite
 * @param low smallest result, an integer
 * @param high largest result, an integer
 * @param offset added to every result
 * @param target receives the codes, that of `values[start]` at `targetStart`
 */
type Rounder = (
  values: Float32Array,
  start: number,
  end: number,
  numerator: number,
  denominator: number,
  low: number,
  high: number,
  offset: number,
  target: Int32Array,
  targetStart: number,
) => void;

/** One loop a mode, so that no element pays for the choice. */
export const ROUNDERS: Readonly<Record<Rounding, Rounder>> = {
  "half-even": (values, start, end, numerator, denominator, low, high, offset, target, targetStart) => {
    const shift = targetStart - start;
    for (let i = start; i < end; i++) {
      const quotient = Math.max(low, Math.min(high, (values[i] * numerator) / denominator));
      target[i + shift] = ((quotient + TO_INTEGER - TO_INTEGER) | 0) + offset;
    }
  },
  "half-away": (values, start, end, numerator, denominator, low, high, offset, target, targetStart) => {
    const shift = targetStart - start;
    for (let i = start; i < end; i++) {
      const quotient = Math.max(low, Math.min(high, (values[i] * numerator) / denominator));
      target[i + shift] = ((quotient < 0 ? quotient - 0.5 : quotient + 0.5) | 0) + offset;
    }
  },
  truncate: (values, start, end, numerator, denominator, low, high, offset, target, targetStart) => {
    const shift = targetStart - start;
    for (let i = start; i < end; i++) {
      const quotient = Math.max(low, Math.min(high, (values[i] * numerator) / denominator));
      target[i + shift] = (quotient | 0) + offset;
    }
  },
};

/** The integer nearest to `value`, ties to even; `|value|` below 2^51. */
export function roundHalfEven(value: number): number {
  return value + TO_INTEGER - TO_INTEGER;
}
