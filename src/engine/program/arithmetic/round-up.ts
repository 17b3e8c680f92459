/**
 * Rounding up by a shift. What lies above a whole number by no more than the margin of activations counts as that number:
 *
 *     ⌈sum / 2^shift − margin⌉ = (sum + 2^shift − ⌊2^shift · margin⌋ − 1) >> shift
 */
import { CEIL_MARGIN } from "../../activations/parameters";

/** Binary places of the margin. */
export const MARGIN_BITS = -Math.log2(CEIL_MARGIN);

/** The margin of a sum that is shifted by so many bits: a whole number, 0 where it is below 1. */
export function marginOf(shift: number): number {
  return Math.floor(2 ** (shift - MARGIN_BITS));
}

/** What is added to a sum before the shift. */
export function addedToRoundUp(shift: number): number {
  return 2 ** shift - marginOf(shift) - 1;
}
