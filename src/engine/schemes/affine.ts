/** Affine uniform codes: unsigned, with a zero point, so that a one-sided or skewed range wastes no codes. */
import type { ChannelMajorWeights } from "../graph/layout";
import { asymmetricRanges } from "./clipping";
import { givenEnds } from "./given-parameters";
import { groupingOf } from "./grouping";
import { roundHalfEven } from "./rounding";
import { CLIPS, type QuantizedWeights, type Scheme, type SchemeSettings } from "./scheme";
import { uniformCodes } from "./uniform";

/**
 * `q = clamp(round(w/s) + z, 0, 2^bits − 1)` with `s = (max − min)/(2^bits − 1)` and `z = round(−min/s)`, the range
 * widened to hold 0, so that 0 is a code; `ŵ = s·(q − z)`.
 *
 * A group is the tensor or one output channel. An all-zero group has codes 0, zero point 0 and scale 1. The zero point
 * is rounded half to even whatever the rounding of the weights.
 * Source: Meller et al., Same, Same But Different (2019), `scale = (max − min)/2^N`; here 2^N − 1 steps, as ONNX
 * QuantizeLinear counts them.
 */
export const affine: Scheme = {
  id: "affine",
  description: "Unsigned codes with a zero point, for skewed or one-sided weights",
  minBits: 2,
  maxBits: 16,
  granularities: ["tensor", "channel"],
  clips: CLIPS,
  rounds: true,
  options: [],
  fit: fitAffine,
};

function fitAffine(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const { bits, granularity, rounding } = settings;
  const codeMax = 2 ** bits - 1;
  const grouping = groupingOf(weights, granularity);
  const { lows, highs } = givenEnds(settings, grouping) ?? asymmetricRanges(weights.values, grouping, settings);
  const widths = highs.map((high, group) => high - lows[group]);
  return uniformCodes(weights, grouping, rounding, {
    bits,
    codeMin: 0,
    codeMax,
    numerator: codeMax,
    denominators: widths,
    zeroPoints: Int32Array.from(widths, (width, group) =>
      width === 0 ? 0 : roundHalfEven((-lows[group] * codeMax) / width),
    ),
    storedScales: { format: "fixed-point" },
  });
}
