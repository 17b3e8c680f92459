/** Symmetric codes in blocks along the input axis, each with a scale of two bytes or one. */
import { fromFloat16 } from "../onnx/half";
import type { ChannelMajorWeights } from "../graph/layout";
import { symmetricRanges } from "./clipping";
import { givenRanges } from "./given-parameters";
import { groupingOf } from "./grouping";
import { halfNotBelow } from "./half";
import { schemeOptions } from "./options";
import { powersOfTwo, smallestExponents } from "./power-of-two";
import { CLIPS, type QuantizedWeights, type Scheme, type SchemeSettings, type StoredScales } from "./scheme";
import { uniformCodes } from "./uniform";

/**
 * `q = clamp(round(w/S), ±qmax)` with `qmax = 2^(bits−1) − 1` and one scale S for every `blockSize` consecutive weights of
 * an output channel, channel-major; `ŵ = S·q`. The last block of a channel is shorter where the size does not divide it.
 *
 * S is `range / qmax` rounded up to half precision (2^−24 at least, 65504 at most), or to a power of two 2^e with e in −128 … 127
 * that does not overflow. It is rounded before the codes are computed, so that the target decodes exactly what is measured
 * here. A block of zeros has codes 0 and scale 1.
 * Source: block floating point, values within `S·[−2^n, 2^n]`.
 */
export const block: Scheme = {
  id: "block",
  description: "Signed codes in blocks along the input axis, a small scale for each",
  minBits: 2,
  maxBits: 16,
  granularities: ["block"],
  clips: CLIPS,
  rounds: true,
  options: ["blockSize", "blockScale"],
  fit: fitBlock,
};

function fitBlock(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const { bits, rounding } = settings;
  const { blockSize, blockScale } = schemeOptions(settings);
  const limit = 2 ** (bits - 1) - 1;
  const grouping = groupingOf(weights, "block", blockSize);
  const ranges = givenRanges(settings, grouping) ?? symmetricRanges(weights.values, grouping, settings);
  const { scales, storedScales } = blockScale === "half" ? halfScales(ranges, limit) : powerOfTwoScales(ranges, limit);
  return uniformCodes(weights, grouping, rounding, {
    bits,
    codeMin: -limit,
    codeMax: limit,
    numerator: 1,
    denominators: scales,
    zeroPoints: null,
    storedScales,
  });
}

interface BlockScales {
  readonly scales: Float64Array;
  readonly storedScales: StoredScales;
}

function halfScales(ranges: Float64Array, limit: number): BlockScales {
  const patterns = new Uint16Array(ranges.length);
  const scales = new Float64Array(ranges.length);
  for (let group = 0; group < ranges.length; group++) {
    patterns[group] = halfNotBelow(ranges[group] === 0 ? 1 : ranges[group] / limit);
    scales[group] = fromFloat16(patterns[group]);
  }
  return { scales, storedScales: { format: "half", patterns } };
}

function powerOfTwoScales(ranges: Float64Array, limit: number): BlockScales {
  const exponents = smallestExponents(ranges, limit);
  return { scales: powersOfTwo(exponents), storedScales: { format: "power-of-two", exponents } };
}
