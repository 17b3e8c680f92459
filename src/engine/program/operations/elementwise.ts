/**
 * Operations on pairs of codes.
 *
 *     Addition:        output = clamp(round((a · multiplierA + b · multiplierB + offset) · 2^−shift))
 *     Multiplication:  output = clamp(round(((a + offsetA) · (b + offsetB) · multiplier + offset) · 2^−shift))
 *
 * The zero points are in the offsets: `offset` holds the output's, times 2^shift. Subtraction is an addition with a
 * negative multiplier. `round` is half up, half even or half down, whichever comes nearest to ONNX Runtime, or up.
 */
import { marginOf } from "../arithmetic/round-up";
import type { CodeArray, OperationBase } from "../program";

export const PAIR_ROUNDINGS = ["half-up", "half-even", "half-down", "up"] as const;
export type PairRounding = (typeof PAIR_ROUNDINGS)[number];

export interface Addition extends OperationBase {
  readonly kind: "addition";
  /** Width that holds every sum: 32 with multipliers of up to 22 bits, for codes of 8; else 64, with multipliers of up to 31. */
  readonly sumBits: 32 | 64;
  readonly multiplierA: number;
  readonly multiplierB: number;
  readonly offset: number;
  readonly shift: number;
  readonly rounding: PairRounding;
  readonly activationMin: number;
  readonly activationMax: number;
  readonly outerCount: number;
  /** Elements of `b`, repeated `outerCount` times; each of `a` and the output is outerCount · innerCount long. */
  readonly innerCount: number;
}

/** Computed in 64 bits, within 2^53. */
export interface Multiplication extends OperationBase {
  readonly kind: "multiplication";
  readonly offsetA: number;
  readonly offsetB: number;
  readonly multiplier: number;
  /** The output's zero point; times 2^shift it is the offset of the formula. */
  readonly outputOffset: number;
  readonly shift: number;
  readonly rounding: PairRounding;
  readonly activationMin: number;
  readonly activationMax: number;
  readonly outerCount: number;
  /** As in an addition. */
  readonly innerCount: number;
}

export type MultiplicationArithmetic = Omit<Multiplication, keyof OperationBase | "kind" | "outerCount" | "innerCount">;

/** The part of an addition that says what is computed. */
export type AdditionArithmetic = Omit<Addition, keyof OperationBase | "kind" | "outerCount" | "innerCount">;

/** `sum / 2^shift` rounded; exact for |sum| < 2^53. */
export function shiftRounded(sum: number, shift: number, rounding: PairRounding): number {
  if (rounding === "up") return Math.ceil((sum - marginOf(shift)) / 2 ** shift);
  const quotient = sum / 2 ** shift;
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  if (rest !== 0.5) return rest > 0.5 ? floor + 1 : floor;
  if (rounding === "half-even") return floor % 2 === 0 ? floor : floor + 1;
  return rounding === "half-up" ? floor + 1 : floor;
}

/** What an addition makes of one pair of codes. */
export function addCodes(operation: AdditionArithmetic, a: number, b: number): number {
  const { multiplierA, multiplierB, offset, shift, rounding, activationMin, activationMax } = operation;
  const code = shiftRounded(a * multiplierA + b * multiplierB + offset, shift, rounding);
  return Math.min(Math.max(code, activationMin), activationMax);
}

export function runAddition(operation: Addition, a: CodeArray, b: CodeArray, output: CodeArray): void {
  for (let outer = 0, at = 0; outer < operation.outerCount; outer++) {
    for (let inner = 0; inner < operation.innerCount; inner++, at++) output[at] = addCodes(operation, a[at], b[inner]);
  }
}

/** What a multiplication makes of one pair of codes. */
export function multiplyCodes(operation: MultiplicationArithmetic, a: number, b: number): number {
  const { multiplier, offsetA, offsetB, outputOffset, shift, rounding, activationMin, activationMax } = operation;
  const sum = (a + offsetA) * (b + offsetB) * multiplier + outputOffset * 2 ** shift;
  return Math.min(Math.max(shiftRounded(sum, shift, rounding), activationMin), activationMax);
}

export function runMultiplication(operation: Multiplication, a: CodeArray, b: CodeArray, output: CodeArray): void {
  for (let outer = 0, at = 0; outer < operation.outerCount; outer++) {
    for (let inner = 0; inner < operation.innerCount; inner++, at++) {
      output[at] = multiplyCodes(operation, a[at], b[inner]);
    }
  }
}
