/**
 * A straight line for each channel, bent at zero where negative values have a slope of their own:
 *
 *     v = input + inputOffset
 *     output = clamp((v · (v < 0 ? negative[channel] : positive[channel]) + offsets[channel]) >> shift)
 *
 * Scales, zero points, constants that are added and the rounding are in slopes and offsets. It carries out sums and products
 * with a constant of each channel, PRelu, and the change of 16-bit codes from one scale to another.
 */
import type { CodeArray, OperationBase } from "../program";

export interface ChannelLinear extends OperationBase {
  readonly kind: "channel-linear";
  /** Width that holds every sum; 64 is below 2^53. */
  readonly sumBits: 32 | 64;
  readonly inputOffset: number;
  readonly positive: Int32Array;
  /** Null where they are those of positive values. */
  readonly negative: Int32Array | null;
  /** Whole numbers, one a channel. */
  readonly offsets: Float64Array;
  readonly shift: number;
  readonly activationMin: number;
  readonly activationMax: number;
  /** Elements are stored as [outerCount][channels][innerCount]. */
  readonly outerCount: number;
  readonly innerCount: number;
}

export type ChannelLinearArithmetic = Omit<ChannelLinear, keyof OperationBase | "kind" | "outerCount" | "innerCount">;

/** What a channel makes of a code. */
export function linearCode(operation: ChannelLinearArithmetic, channel: number, input: number): number {
  const { inputOffset, positive, negative, offsets, shift, activationMin, activationMax } = operation;
  const value = input + inputOffset;
  const slope = (value < 0 && negative !== null ? negative : positive)[channel];
  const code = Math.floor((value * slope + offsets[channel]) / 2 ** shift);
  return Math.min(Math.max(code, activationMin), activationMax);
}

export function runChannelLinear(operation: ChannelLinear, input: CodeArray, output: CodeArray): void {
  const { positive, outerCount, innerCount } = operation;
  let at = 0;
  for (let outer = 0; outer < outerCount; outer++) {
    for (let channel = 0; channel < positive.length; channel++) {
      for (let inner = 0; inner < innerCount; inner++, at++) output[at] = linearCode(operation, channel, input[at]);
    }
  }
}
