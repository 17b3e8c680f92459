/** Comparison of operations on two codes, over all pairs. */
import { UNCHECKED, type Agreement } from "../program";

/** Scale, zero point and codes of one side. */
export interface PairParameters {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly codeMin: number;
  readonly codeMax: number;
}

export interface PairBounds {
  readonly activationMin: number;
  readonly activationMax: number;
}

type PairFunction = (a: number, b: number) => number;

const MAX_CODES = 256;

/** Over all pairs of 8-bit codes; codes of more bits are not compared. */
export function comparePairs(
  own: PairFunction,
  reference: PairFunction,
  a: PairParameters,
  b: PairParameters,
): Agreement {
  if (a.codeMax - a.codeMin >= MAX_CODES || b.codeMax - b.codeMin >= MAX_CODES) return UNCHECKED;
  let differing = 0;
  let difference = 0;
  for (let x = a.codeMin; x <= a.codeMax; x++) {
    for (let y = b.codeMin; y <= b.codeMax; y++) {
      const distance = Math.abs(own(x, y) - reference(x, y));
      if (distance === 0) continue;
      differing++;
      difference = Math.max(difference, distance);
    }
  }
  return { checked: "pairs", difference, differing };
}
