/** Codes without zero: magnitudes are rounded up, so that b bits hold exactly 2^b values and one bit is the sign. */
import type { ChannelMajorWeights } from "../graph/layout";
import { symmetricRanges } from "./clipping";
import { encodeInChunks } from "./codes";
import { givenRanges } from "./given-parameters";
import { groupBounds, groupingOf, type Grouping } from "./grouping";
import { schemeOptions } from "./options";
import type { QuantizedWeights, Scheme, SchemeSettings } from "./scheme";

/**
 * `q = sign(w)·⌈|w|·2^(bits−1) / max|w|⌉`, so ±1 … ±2^(bits−1) and never 0; a weight of 0 counts as positive. With
 * `Q = q / 2^(bits−1)`, `ŵ = α·Q`.
 *
 * α is `<w,Q>/<Q,Q>`, the one of least squared error, or max|w|. The default is the former: it costs the target nothing,
 * is never worse, and with one bit it is the mean magnitude, where max|w| leaves more noise than signal.
 * Weights for which α is given are taken to be of its grid already: they take the nearest magnitude, 1 at least.
 * A group is the tensor or one output channel. An all-zero group has codes +1 and a
 * scale that single precision rounds to 0, which is what they decode to.
 * Source: Ivan, Quantization Schemes For Training Neural Networks, eq. 2–4.
 */
export const ceil: Scheme = {
  id: "ceil",
  description: "Magnitudes rounded up, never zero: one bit is the sign",
  minBits: 1,
  maxBits: 16,
  granularities: ["tensor", "channel"],
  clips: ["max"],
  rounds: false,
  options: ["alpha"],
  fit: fitCeil,
};

/** Positive, as every scale is; in single precision it is a tie between 0 and the smallest subnormal and goes to 0. */
const ZERO_SCALE = 2 ** -150;

function fitCeil(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const { values } = weights;
  const floatBits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const { bits, granularity } = settings;
  const { alpha } = schemeOptions(settings);
  const codeMax = 2 ** (bits - 1);
  const grouping = groupingOf(weights, granularity);
  const given = givenRanges(settings, grouping);
  if (given !== null) return codesOnGrid(values, grouping, bits, given);
  const ranges = symmetricRanges(values, grouping, { ...settings, clip: "max" });
  const products = new Float64Array(ranges.length);
  const squares = new Float64Array(ranges.length);
  const codes = encodeInChunks(groupBounds(grouping), -codeMax, codeMax, (group, start, end, buffer, bufferStart) => {
    const range = ranges[group] || 1;
    const shift = bufferStart - start;
    let product = 0;
    let square = 0;
    for (let i = start; i < end; i++) {
      const magnitude = Math.abs(values[i]);
      const steps = Math.ceil((magnitude * codeMax) / range);
      product += magnitude * steps;
      square += steps * steps;
      // Negated by arithmetic: a branch on the sign would be guessed wrong half of the time.
      const sign = floatBits[i] >> 31;
      const code = steps | 0;
      buffer[i + shift] = code === 0 ? 1 : (code ^ sign) - sign;
    }
    products[group] += product;
    squares[group] += square;
  });
  return {
    kind: "ceil",
    codes,
    bits,
    codeMin: -codeMax,
    codeMax,
    scales: ranges.map((range, group) => {
      if (range === 0) return ZERO_SCALE;
      return alpha === "max" ? range / codeMax : products[group] / squares[group];
    }),
    channels: grouping.channels,
    perChannel: grouping.perChannel,
    groupSize: grouping.groupSize,
  };
}

/** Weights of the grids that `alphas` set, one a group: the nearest magnitude, never 0. */
function codesOnGrid(values: Float32Array, grouping: Grouping, bits: number, alphas: Float64Array): QuantizedWeights {
  const codeMax = 2 ** (bits - 1);
  const bounds = groupBounds(grouping);
  const codes = encodeInChunks(bounds, -codeMax, codeMax, (group, start, end, buffer, bufferStart) => {
    for (let i = start; i < end; i++) {
      const steps = Math.round((Math.abs(values[i]) * codeMax) / alphas[group]);
      const magnitude = Math.min(Math.max(steps, 1), codeMax);
      buffer[i - start + bufferStart] = values[i] < 0 ? -magnitude : magnitude;
    }
  });
  const { channels, perChannel, groupSize } = grouping;
  const scales = alphas.map((alpha) => alpha / codeMax);
  return { kind: "ceil", codes, bits, codeMin: -codeMax, codeMax, scales, channels, perChannel, groupSize };
}
