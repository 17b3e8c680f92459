/** Finds integers for a straight line of each channel, and compares them with the function in float32 for every code of 8 bits. */
import { roundHalfEven } from "../../schemes/rounding";
import { linearCode, type ChannelLinearArithmetic } from "../operations/channel-linear";
import { UNCHECKED, type Agreement, type ProgramTensor } from "../program";
import type { PairBounds } from "./pairs";
import { addedToRoundUp } from "./round-up";

/** What a channel does to real values: `x · (x < 0 ? negative : positive) + added`. */
export interface RealLine {
  readonly positive: number;
  readonly negative: number;
  readonly added: number;
  /** The same in float32, as ONNX Runtime computes it. */
  readonly compute: (x: number) => number;
}

export type FittedChannelLinear = ChannelLinearArithmetic & { readonly agreement: Agreement };

type Parameters = Pick<ProgramTensor, "type" | "scale" | "zeroPoint" | "codeMin" | "codeMax" | "rounding">;

const INT32_MAX = 2 ** 31 - 1;
const WIDE_MAX = 2 ** 52;
const MAX_SHIFT = 30;

/** @returns null where the ratio of the scales leaves no shift */
export function fitChannelLinear(
  lines: readonly RealLine[],
  input: Parameters,
  output: Parameters,
  { activationMin, activationMax }: PairBounds,
): FittedChannelLinear | null {
  const sumBits = input.type === "int8" && output.type === "int8" ? 32 : 64;
  const largestValue = Math.max(input.zeroPoint - input.codeMin, input.codeMax - input.zeroPoint);
  for (let shift = MAX_SHIFT; shift >= 1; shift--) {
    const unit = 2 ** shift;
    const slope = (value: number) => Math.round(((value * input.scale) / output.scale) * unit);
    const rounding = output.rounding === "up" ? addedToRoundUp(shift) : unit / 2;
    const positive = lines.map((line) => slope(line.positive));
    const negative = lines.map((line) => slope(line.negative));
    const offsets = lines.map(
      ({ added }) => output.zeroPoint * unit + Math.round((added / output.scale) * unit) + rounding,
    );
    const steepest = Math.max(...positive.map(Math.abs), ...negative.map(Math.abs));
    const largest = steepest * largestValue + Math.max(...offsets.map(Math.abs));
    const limit = sumBits === 64 ? Math.min(WIDE_MAX, INT32_MAX * unit) : INT32_MAX;
    if (steepest > INT32_MAX || largest > limit) continue;
    const arithmetic = {
      sumBits,
      inputOffset: -input.zeroPoint,
      positive: Int32Array.from(positive),
      negative: negative.every((value, channel) => value === positive[channel]) ? null : Int32Array.from(negative),
      offsets: Float64Array.from(offsets),
      shift,
      activationMin,
      activationMax,
    } as const;
    return { ...arithmetic, agreement: compared(arithmetic, lines, input, output) };
  }
  return null;
}

function compared(
  arithmetic: ChannelLinearArithmetic,
  lines: readonly RealLine[],
  input: Parameters,
  output: Parameters,
): Agreement {
  if (arithmetic.sumBits === 64 || output.rounding === "up") return UNCHECKED;
  const { activationMin, activationMax } = arithmetic;
  const { fround } = Math;
  let differing = 0;
  let difference = 0;
  lines.forEach(({ compute }, channel) => {
    for (let code = input.codeMin; code <= input.codeMax; code++) {
      const real = fround(compute(fround(input.scale * (code - input.zeroPoint))));
      const rounded = roundHalfEven(fround(real / output.scale)) + output.zeroPoint;
      const expected = Math.min(Math.max(rounded, activationMin), activationMax);
      const distance = Math.abs(linearCode(arithmetic, channel, code) - expected);
      if (distance > 0) differing++;
      difference = Math.max(difference, distance);
    }
  });
  return { checked: "codes", difference, differing };
}
