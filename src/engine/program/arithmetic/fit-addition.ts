/** Finds integers for the sum of two quantized values, and compares it with ONNX Runtime's for every pair of codes. */
import type { Agreement } from "../program";
import { comparePairs, isWide, roundingsFor, type PairBounds, type PairParameters } from "./pairs";
import { roundHalfEven } from "../../schemes/rounding";
import { addCodes, type AdditionArithmetic } from "../operations/elementwise";

export type FittedAddition = AdditionArithmetic & { readonly agreement: Agreement };

/** Largest multiplier, and largest sum of 32 bits on the way. */
const INT32_MAX = 2 ** 31 - 1;

/** Largest sum of 64 bits, which double precision holds too. */
const WIDE_MAX = 2 ** 52;
const MAX_SHIFT = 30;

/** With smaller shifts, sums of 16-bit codes could have more than 32 bits after them. */
const MIN_WIDE_SHIFT = 17;

/**
 * @param sign 1 for Add, −1 for Sub
 * @returns null where the ratios of the scales are so large that no shift is left
 */
export function fitAddition(
  a: PairParameters,
  b: PairParameters,
  output: PairParameters,
  bounds: PairBounds,
  sign: 1 | -1,
): FittedAddition | null {
  const reference = pairReference(a, b, output, bounds, sign);
  let best: FittedAddition | null = null;
  const minShift = [a, b, output].some(isWide) ? MIN_WIDE_SHIFT : 1;
  for (let shift = MAX_SHIFT; shift >= minShift; shift--) {
    const candidate = additionAt(shift, a, b, output, bounds, sign);
    if (candidate === null) continue;
    for (const rounding of roundingsFor(output)) {
      const fitted = { ...candidate, rounding };
      const agreement = comparePairs((x, y) => addCodes(fitted, x, y), reference, a, b, output);
      if (best === null || agreement.differing < best.agreement.differing) best = { ...fitted, agreement };
      if (agreement.differing === 0) return best;
    }
    break;
  }
  return best;
}

function additionAt(
  shift: number,
  a: PairParameters,
  b: PairParameters,
  output: PairParameters,
  bounds: PairBounds,
  sign: 1 | -1,
) {
  const unit = 2 ** shift;
  const multiplierA = Math.round(Math.fround(a.scale / output.scale) * unit);
  const multiplierB = sign * Math.round(Math.fround(b.scale / output.scale) * unit);
  const offset = output.zeroPoint * unit - a.zeroPoint * multiplierA - b.zeroPoint * multiplierB;
  const extent = (codes: PairParameters) => Math.max(-codes.codeMin, codes.codeMax, 1);
  const largest = Math.abs(multiplierA) * extent(a) + Math.abs(multiplierB) * extent(b) + Math.abs(offset) + unit;
  const sumBits = [a, b, output].some(isWide) ? 64 : 32;
  const { activationMin, activationMax } = bounds;
  const fits =
    largest <= (sumBits === 64 ? WIDE_MAX : INT32_MAX) && Math.max(multiplierA, Math.abs(multiplierB)) <= INT32_MAX;
  return fits ? ({ sumBits, multiplierA, multiplierB, offset, shift, activationMin, activationMax } as const) : null;
}

/**
 * ONNX Runtime's sum: QLinearAdd multiplies both codes by the ratio of their scale to the output's and adds them to one constant,
 * all in float32, rounding half to even after the zero point; a difference is computed of dequantized values.
 */
function pairReference(a: PairParameters, b: PairParameters, output: PairParameters, bounds: PairBounds, sign: 1 | -1) {
  const { fround } = Math;
  const { activationMin, activationMax } = bounds;
  const clamp = (value: number) => Math.min(Math.max(value, activationMin), activationMax);
  if (sign < 0) {
    return (x: number, y: number) => {
      const difference = fround(fround(a.scale * (x - a.zeroPoint)) - fround(b.scale * (y - b.zeroPoint)));
      return clamp(roundHalfEven(fround(difference / output.scale)) + output.zeroPoint);
    };
  }
  const ratioA = fround(a.scale / output.scale);
  const ratioB = fround(b.scale / output.scale);
  const constant = fround(output.zeroPoint - fround(fround(ratioA * a.zeroPoint) + fround(ratioB * b.zeroPoint)));
  return (x: number, y: number) =>
    clamp(roundHalfEven(fround(fround(y * ratioB) + fround(fround(x * ratioA) + constant))));
}
