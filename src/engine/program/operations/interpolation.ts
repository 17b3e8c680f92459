/**
 * Functions of one 16-bit code: a straight line between every two entries of a table.
 *
 *     i = (input + 32768) >> shift,  f = (input + 32768) mod 2^shift
 *     output = table[i] + (((table[i+1] − table[i]) · f + 2^(shift−1)) >> shift)
 */
import type { CodeArray, OperationBase } from "../program";

export interface Interpolation extends OperationBase {
  readonly kind: "interpolation";
  /** 2^(16 − shift) + 1 codes; the first belongs to −32768, and one beyond the largest code is the last. */
  readonly table: Int16Array;
  readonly shift: number;
}

/** The interpolated code. */
export function interpolated(table: Int16Array, shift: number, code: number): number {
  const position = code + 32768;
  const index = position >> shift;
  const fraction = position & ((1 << shift) - 1);
  return table[index] + (((table[index + 1] - table[index]) * fraction + (1 << (shift - 1))) >> shift);
}

export function runInterpolation({ table, shift }: Interpolation, input: CodeArray, output: CodeArray): void {
  for (let i = 0; i < output.length; i++) output[i] = interpolated(table, shift, input[i]);
}
