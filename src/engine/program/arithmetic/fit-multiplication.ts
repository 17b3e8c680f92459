/** Finds integers for the product of two quantized values, and compares it with ONNX Runtime's for every pair of codes. */
import { roundHalfEven } from "../../schemes/rounding";
import { multiplyCodes, type MultiplicationArithmetic } from "../operations/elementwise";
import type { Agreement } from "../program";
import { comparePairs, isWide, roundingsFor, type PairBounds, type PairParameters } from "./pairs";

export type FittedMultiplication = MultiplicationArithmetic & { readonly agreement: Agreement };

/** Bits of the multiplier, for codes of 8 bits and of 16: with products of codes and the offset it stays within 2^53. */
const LIMITS = { narrow: { multiplierBits: 30, maxShift: 44 }, wide: { multiplierBits: 20, maxShift: 36 } };

/** @returns null where the ratio of the scales is extreme */
export function fitMultiplication(
  a: PairParameters,
  b: PairParameters,
  output: PairParameters,
  bounds: PairBounds,
): FittedMultiplication | null {
  const { fround } = Math;
  const ratio = fround(fround(a.scale * b.scale) / output.scale);
  const { multiplierBits, maxShift } = [a, b, output].some(isWide) ? LIMITS.wide : LIMITS.narrow;
  const shift = Math.min(maxShift, multiplierBits - 1 - Math.floor(Math.log2(ratio)));
  if (shift < 1) return null;
  const { activationMin, activationMax } = bounds;
  const reference = (x: number, y: number): number => {
    const product = fround(fround((x - a.zeroPoint) * (y - b.zeroPoint)) * ratio);
    return Math.min(Math.max(roundHalfEven(fround(product + output.zeroPoint)), activationMin), activationMax);
  };
  const arithmetic = {
    offsetA: -a.zeroPoint,
    offsetB: -b.zeroPoint,
    multiplier: Math.round(ratio * 2 ** shift),
    outputOffset: output.zeroPoint,
    shift,
    activationMin,
    activationMax,
  };
  let best: FittedMultiplication | null = null;
  for (const rounding of roundingsFor(output)) {
    const candidate = { ...arithmetic, rounding };
    const agreement = comparePairs((x, y) => multiplyCodes(candidate, x, y), reference, a, b, output);
    if (best === null || agreement.differing < best.agreement.differing) best = { ...candidate, agreement };
    if (agreement.differing === 0) break;
  }
  return best;
}
