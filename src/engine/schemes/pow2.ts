/** Symmetric codes whose scale is a power of two (Qm.f): requantization needs shifts alone. */
import type { ChannelMajorWeights } from "../graph/layout";
import { symmetricRanges } from "./clipping";
import { leastSquaresExponents } from "./clipping-mse";
import { givenRanges } from "./given-parameters";
import { groupingOf } from "./grouping";
import { powersOfTwo, smallestExponents } from "./power-of-two";
import { CLIPS, type QuantizedWeights, type Scheme, type SchemeSettings } from "./scheme";
import { uniformCodes } from "./uniform";

/**
 * `q = clamp(round(w·2^f), ±qmax)` with `qmax = 2^(bits−1) − 1`; `ŵ = q·2^−f`.
 *
 * f is the largest that leaves the group's range (max|w|, or what the clipping rule makes of it) without overflow; with
 * the rule `mse` it is the f of least squared error. It is kept to −127 … 128. A group is the tensor or one output
 * channel. An all-zero group has codes 0 and scale 1.
 * Source: the Qm.f formats of fixed-point platforms.
 */
export const pow2: Scheme = {
  id: "pow2",
  description: "Signed codes with a power of two as scale: shifts instead of multiplications",
  minBits: 2,
  maxBits: 16,
  granularities: ["tensor", "channel"],
  clips: CLIPS,
  rounds: true,
  options: [],
  fit: fitPow2,
};

function fitPow2(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const { bits, granularity, rounding, clip } = settings;
  const limit = 2 ** (bits - 1) - 1;
  const grouping = groupingOf(weights, granularity);
  const given = givenRanges(settings, grouping);
  const ranges =
    given ?? symmetricRanges(weights.values, grouping, clip === "mse" ? { ...settings, clip: "max" } : settings);
  const exponents =
    clip === "mse" && given === null
      ? leastSquaresExponents(weights.values, grouping, ranges, limit)
      : smallestExponents(ranges, limit);
  return uniformCodes(weights, grouping, rounding, {
    bits,
    codeMin: -limit,
    codeMax: limit,
    numerator: 1,
    denominators: powersOfTwo(exponents),
    zeroPoints: null,
    storedScales: { format: "power-of-two", exponents },
  });
}
