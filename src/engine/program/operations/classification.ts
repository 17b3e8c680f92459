/**
 * Operations over rows of codes: `outerCount` rows of `innerCount`.
 *
 *     Softmax:  output = clamp(outputOffset + floor((e · reciprocal + sum · 2^(F−1)) / (sum · 2^F)))
 *               with e = table[largest − code] and sum = Σ e over the row; rounded up where the output is
 *     ArgMax:   output = position of the largest code, the first or the last of equal ones
 *
 * `table[d]` is `exp(−scale · d)` and `reciprocal` is one over the output's scale, both with fraction bits; all in 64 bits.
 * For codes of 16 bits e is the product of two entries, one for the upper and one for the lower byte of the distance.
 */
import type { RoundingDirection } from "../arithmetic/nearest-requantization";
import { MARGIN_BITS } from "../arithmetic/round-up";
import type { CodeArray, OperationBase } from "../program";

/** Fraction bits of a softmax table: 2^24 is 1. */
export const EXPONENTIAL_BITS = 24;

/** F: fraction bits of the reciprocal. */
export const RECIPROCAL_BITS = 14;

interface RowOperation extends OperationBase {
  readonly outerCount: number;
  readonly innerCount: number;
}

export interface Softmax extends RowOperation {
  readonly kind: "softmax";
  /** 256 entries; for codes of 16 bits those of distances in steps of 256. */
  readonly table: Int32Array;
  /** For codes of 16 bits: 256 entries of distances in steps of 1. */
  readonly fine: Int32Array | null;
  readonly rounding: RoundingDirection;
  readonly reciprocal: number;
  readonly outputOffset: number;
  readonly activationMin: number;
  readonly activationMax: number;
}

export interface ArgMax extends RowOperation {
  readonly kind: "arg-max";
  readonly selectLast: boolean;
}

export function runSoftmax(operation: Softmax, input: CodeArray, output: CodeArray): void {
  const { outerCount, innerCount, reciprocal, rounding, outputOffset, activationMin, activationMax } = operation;
  for (let outer = 0; outer < outerCount; outer++) {
    const row = input.subarray(outer * innerCount, (outer + 1) * innerCount);
    let largest = row[0];
    for (let i = 1; i < innerCount; i++) largest = Math.max(largest, row[i]);
    let sum = 0;
    for (let i = 0; i < innerCount; i++) sum += exponential(operation, largest - row[i]);
    for (let i = 0; i < innerCount; i++) {
      const share = BigInt(exponential(operation, largest - row[i])) * BigInt(reciprocal);
      const divisor = BigInt(sum) * 2n ** BigInt(RECIPROCAL_BITS);
      const added = rounding === "up" ? divisor - (divisor >> BigInt(MARGIN_BITS)) - 1n : divisor / 2n;
      const code = outputOffset + Number((share + added) / divisor);
      output[outer * innerCount + i] = Math.min(Math.max(code, activationMin), activationMax);
    }
  }
}

function exponential({ table, fine }: Softmax, distance: number): number {
  if (fine === null) return table[distance];
  return Math.floor((table[distance >> 8] * fine[distance & 255]) / 2 ** EXPONENTIAL_BITS + 0.5);
}

export function runArgMax({ outerCount, innerCount, selectLast }: ArgMax, input: CodeArray, output: CodeArray): void {
  for (let outer = 0; outer < outerCount; outer++) {
    const row = input.subarray(outer * innerCount, (outer + 1) * innerCount);
    let best = 0;
    for (let i = 1; i < innerCount; i++) if (row[i] > row[best] || (selectLast && row[i] === row[best])) best = i;
    output[outer] = best;
  }
}
