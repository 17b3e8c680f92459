/** Comparison of operations on two codes, over all pairs. */
import type { PairRounding } from "../operations/elementwise";
import { UNCHECKED, type Agreement } from "../program";
import type { RoundingDirection } from "./nearest-requantization";

/** Scale, zero point and codes of one side. */
export interface PairParameters {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly codeMin: number;
  readonly codeMax: number;
  readonly rounding: RoundingDirection;
}

export interface PairBounds {
  readonly activationMin: number;
  readonly activationMax: number;
}

type PairFunction = (a: number, b: number) => number;

const MAX_CODES = 256;

/** Whether codes have more than 8 bits. */
export function isWide({ codeMin, codeMax }: PairParameters): boolean {
  return codeMax - codeMin >= MAX_CODES;
}

/** The roundings to choose from. */
export function roundingsFor(output: PairParameters): readonly PairRounding[] {
  return output.rounding === "up" ? ["up"] : ["half-up", "half-even", "half-down"];
}

/**
 * Over all pairs of 8-bit codes; what has codes of more bits is not compared, nor what is rounded up, which ONNX Runtime does in
 * float32.
 */
export function comparePairs(
  own: PairFunction,
  reference: PairFunction,
  a: PairParameters,
  b: PairParameters,
  output: PairParameters,
): Agreement {
  if ([a, b, output].some(isWide) || output.rounding === "up") return UNCHECKED;
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
