/**
 * The activations of recurrent operators on integers: one table of tanh from 0 to 8, with straight lines between its entries.
 *
 *     tanh(−x) = −tanh(x),  sigmoid(x) = (1 + tanh(x/2)) / 2
 *
 * Arguments are in steps of 2^−16, and those beyond ±8 (of sigmoid ±16) count as the ends. Entries are 1/64 apart.
 */

/** Fraction bits of arguments, and of what sigmoid gives. */
export const SUM_FRACTION_BITS = 16;

/** Fraction bits of what tanh gives: from −32767 to 32767. */
export const STATE_FRACTION_BITS = 15;

/** Distance of two entries in steps of an argument of tanh, as a power of two. */
export const TANH_SHIFT = 10;

const INTERVALS = 512;
const STATE_MAX = 2 ** STATE_FRACTION_BITS - 1;

/** tanh(i / 64) in steps of 2^−15; one entry more than there are intervals. */
export const TANH_TABLE: Int16Array = Int16Array.from({ length: INTERVALS + 1 }, (_, entry) => {
  const argument = (entry * 2 ** TANH_SHIFT) / 2 ** SUM_FRACTION_BITS;
  return Math.min(Math.round(Math.tanh(argument) * 2 ** STATE_FRACTION_BITS), STATE_MAX);
});

/** @returns in steps of 2^−15; off by at most 2. @param argument of 32 bits, in steps of 2^−16 */
export function integerTanh(argument: number): number {
  return interpolatedTanh(argument, TANH_SHIFT);
}

/** @returns in steps of 2^−16, from 1 to 65535; off by at most 2. @param argument of 32 bits, in steps of 2^−16 */
export function integerSigmoid(argument: number): number {
  return 2 ** (SUM_FRACTION_BITS - 1) + interpolatedTanh(argument, TANH_SHIFT + 1);
}

/** `table[i] + (((table[i+1] − table[i]) · f + 2^(shift−1)) >> shift)` with the sign of the argument. */
function interpolatedTanh(argument: number, shift: number): number {
  const magnitude = Math.abs(argument);
  const index = Math.floor(magnitude / 2 ** shift);
  if (index >= INTERVALS) return argument < 0 ? -STATE_MAX : STATE_MAX;
  const fraction = magnitude % 2 ** shift;
  const entry = TANH_TABLE[index];
  const value = entry + (((TANH_TABLE[index + 1] - entry) * fraction + 2 ** (shift - 1)) >> shift);
  return argument < 0 ? -value : value;
}
