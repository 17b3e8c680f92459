/** Symmetric uniform codes: zero stands for zero, and both signs reach equally far. */
import type { ChannelMajorWeights } from "../graph/layout";
import { allocateCodes } from "./codes";
import { GROUP_ROUNDERS } from "./rounding";
import type { QuantizedWeights, Scheme, SchemeSettings } from "./scheme";

/**
 * `q = clamp(round(w·qf), ±qmax)` with `qmax = 2^(bits−1) − 1` and `qf = qmax / max|w|` over each group; `ŵ = q / qf`.
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
  fit: fitSymmetric,
};

function fitSymmetric(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const { values, channels, perChannel } = weights;
  const limit = 2 ** (settings.bits - 1) - 1;
  const groups = settings.granularity === "channel" ? channels : 1;
  const groupSize = settings.granularity === "channel" ? perChannel : values.length;
  const roundGroup = GROUP_ROUNDERS[settings.rounding];
  const codes = allocateCodes(values.length, -limit, limit);
  const scales = new Float64Array(groups).fill(1);
  for (let group = 0; group < groups; group++) {
    const start = group * groupSize;
    const end = start + groupSize;
    const range = absMax(values, start, end);
    if (range === 0) continue;
    scales[group] = range / limit;
    roundGroup(values, start, end, range, limit, codes);
  }
  return {
    kind: "uniform",
    codes,
    bits: settings.bits,
    codeMin: -limit,
    codeMax: limit,
    scales,
    zeroPoints: null,
    groupSize,
  };
}

function absMax(values: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}
