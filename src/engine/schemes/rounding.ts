/**
 * From real numbers to codes: `q = round(w · limit / range)`.
 *
 * A weight has 24 significant bits and a limit at most 16, so `w · limit` is exact in double precision and the division
 * rounds once. A quotient that is an integer or a half comes out as such, one that is close to it stays on its side, and
 * |w| ≤ range gives |q| ≤ limit without a clamp. Multiplying by a rounded `limit / range` would have none of this: under
 * truncation it can turn max|w| into `limit − 1`.
 */
import type { Codes, Rounding } from "./scheme";

/** Adding and subtracting 1.5·2^52 leaves a double of magnitude below 2^51 rounded to the nearest integer, ties to even. */
const TO_INTEGER = 1.5 * 2 ** 52;

/**
 * Rounds one group of weights.
 * @param values none beyond ±range between `start` (included) and `end` (excluded)
 * @param range magnitude that maps to `limit`; positive and finite
 * @param limit largest code, below 2^16
 * @param target receives the codes at the indices of the values
 */
type GroupRounder = (
  values: Float32Array,
  start: number,
  end: number,
  range: number,
  limit: number,
  target: Codes,
) => void;

/** One loop a mode, so that no element pays for the choice. */
export const GROUP_ROUNDERS: Readonly<Record<Rounding, GroupRounder>> = {
  "half-even": (values, start, end, range, limit, target) => {
    for (let i = start; i < end; i++) {
      target[i] = ((values[i] * limit) / range + TO_INTEGER - TO_INTEGER) | 0;
    }
  },
  "half-away": (values, start, end, range, limit, target) => {
    for (let i = start; i < end; i++) {
      const quotient = (values[i] * limit) / range;
      target[i] = (quotient < 0 ? quotient - 0.5 : quotient + 0.5) | 0;
    }
  },
  truncate: (values, start, end, range, limit, target) => {
    for (let i = start; i < end; i++) {
      target[i] = ((values[i] * limit) / range) | 0;
    }
  },
};

/** The integer nearest to `value`, ties to even; `|value|` below 2^51. */
export function roundHalfEven(value: number): number {
  return value + TO_INTEGER - TO_INTEGER;
}
