/** Symmetric uniform codes: zero stands for zero, and both signs reach equally far. */
import type { ChannelMajorWeights } from "../graph/layout";
import { symmetricRanges } from "./clipping";
import { givenRanges } from "./given-parameters";
import { groupingOf } from "./grouping";
import { CLIPS, type QuantizedWeights, type Scheme, type SchemeSettings } from "./scheme";
import { uniformCodes } from "./uniform";

/**
 * `q = clamp(round(w·qf), ±qmax)` with `qmax = 2^(bits−1) − 1` and `qf = qmax / range`, where the range is max|w| over each
 * group or what the clipping rule makes of it; `ŵ = q / qf`.
 *
 * A group is the tensor or one output channel. An all-zero group has codes 0 and scale 1.
 * Source: the fixed-point weights of 8 and 16 bits asked for by firmware engineers, `integer(value * qf)`; rounding
 * half to even is that of ONNX QuantizeLinear.
 */
export const symmetric: Scheme = {
  id: "symmetric",
  description: "Signed codes around zero, one scale per tensor or output channel",
  minBits: 2,
  maxBits: 16,
  granularities: ["tensor", "channel"],
  clips: CLIPS,
  rounds: true,
  options: [],
  fit: fitSymmetric,
};

function fitSymmetric(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const { bits, granularity, rounding } = settings;
  const limit = 2 ** (bits - 1) - 1;
  const grouping = groupingOf(weights, granularity);
  return uniformCodes(weights, grouping, rounding, {
    bits,
    codeMin: -limit,
    codeMax: limit,
    numerator: limit,
    denominators: givenRanges(settings, grouping) ?? symmetricRanges(weights.values, grouping, settings),
    zeroPoints: null,
    storedScales: { format: "fixed-point" },
  });
}
