/** What the schemes of equal steps share: codes `clamp(round(w / scale) + zeroPoint)`, all groups at once. */
import type { ChannelMajorWeights } from "../graph/layout";
import { encodeInChunks } from "./codes";
import { groupBounds, type Grouping } from "./grouping";
import { ROUNDERS } from "./rounding";
import type { Rounding, StoredScales, UniformCodes } from "./scheme";

export interface UniformParameters {
  readonly bits: number;
  readonly codeMin: number;
  readonly codeMax: number;
  /** The scale of group g is `denominators[g] / numerator`; the quotient is never rounded before weights are divided by it. */
  readonly numerator: number;
  readonly denominators: Float64Array;
  readonly zeroPoints: Int32Array | null;
  readonly storedScales: StoredScales;
}

/** Codes of weights under given parameters. A group whose denominator is 0 is all zero and has scale 1. */
export function uniformCodes(
  weights: ChannelMajorWeights,
  grouping: Grouping,
  rounding: Rounding,
  parameters: UniformParameters,
): UniformCodes {
  const { values } = weights;
  const { bits, codeMin, codeMax, numerator, denominators, zeroPoints, storedScales } = parameters;
  const round = ROUNDERS[rounding];
  const scales = new Float64Array(denominators.length);
  for (let group = 0; group < scales.length; group++) scales[group] = (denominators[group] || numerator) / numerator;
  const codes = encodeInChunks(groupBounds(grouping), codeMin, codeMax, (group, start, end, buffer, bufferStart) => {
    const zeroPoint = zeroPoints === null ? 0 : zeroPoints[group];
    const low = codeMin - zeroPoint;
    const high = codeMax - zeroPoint;
    const denominator = denominators[group] || numerator;
    round(values, start, end, numerator, denominator, low, high, zeroPoint, buffer, bufferStart);
  });
  return {
    kind: "uniform",
    codes,
    bits,
    codeMin,
    codeMax,
    scales,
    zeroPoints,
    storedScales,
    channels: grouping.channels,
    perChannel: grouping.perChannel,
    groupSize: grouping.groupSize,
  };
}
