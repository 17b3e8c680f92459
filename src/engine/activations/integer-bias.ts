/** Biases as 32-bit integers that add to sums of products of codes. */
import { toChannelMajor } from "../graph/layout";
import type { Layer } from "../graph/layer";
import { roundHalfEven } from "../schemes/rounding";
import { groupBounds } from "../schemes/grouping";
import { halfNotBelow } from "../schemes/half";
import { exponentOf } from "../schemes/power-of-two";
import type { QuantizedWeights, UniformCodes } from "../schemes/scheme";
import { fromFloat16 } from "../onnx/half";

/** Largest code of a bias: half of int32, the other half is left to the sum of products. */
export const BIAS_LIMIT = 2 ** 30;

/** Smallest normal float32: a smaller scale would lose precision or vanish. */
const SMALLEST_SCALE = 2 ** -126;

/** Largest power of two in single precision. */
const LARGEST_SCALE = 2 ** 127;

export interface IntegerBias {
  /** `bias ≈ scale · code`, one a channel. */
  readonly codes: Int32Array;
  /** Input scale times weight scale, in single precision: one for all channels, or one a channel. */
  readonly scales: Float32Array;
}

/** Whether every weight scale belongs to one channel or to all, so that a product of codes has one scale a channel. */
export function hasScalePerChannel({ scales, channels, perChannel, groupSize }: QuantizedWeights): boolean {
  return scales.length === 1 || (scales.length === channels && groupSize === perChannel);
}

/**
 * The weights with scales so large that the bias of every channel fits at `inputScale` times the scale. A channel needs it whose
 * weights are tiny beside its bias; its codes are then computed again, half to even. Powers of two and half-precision
 * scales stay such.
 *
 * @param quantized one scale a channel: {@link hasScalePerChannel}
 * @returns the given weights, the same object, where nothing has to change; null where something has to and cannot: the
 *   codes are of a kind that is bound to its scale, or no scale of the format is large enough
 */
export function weightsWideEnough(
  layer: Pick<Layer, "weight" | "layout" | "bias">,
  quantized: QuantizedWeights,
  inputScale: number,
): QuantizedWeights | null {
  const { scales } = quantized;
  const needed = new Float64Array(scales.length);
  layer.bias?.forEach((value, channel) => {
    const group = scales.length === 1 ? 0 : channel;
    const least = Math.max(Math.abs(value) / BIAS_LIMIT, SMALLEST_SCALE) / inputScale;
    needed[group] = Math.max(needed[group], least);
  });
  if (scales.every((scale, group) => scale >= needed[group])) return quantized;
  const wide = quantized.kind === "uniform" ? widened(layer, quantized, needed) : null;
  return wide?.scales.every((scale, group) => scale >= needed[group] && scale <= LARGEST_SCALE) === true ? wide : null;
}

/**
 * The codes of a layer's bias.
 * @param quantized weights that are wide enough, with one scale a channel: {@link weightsWideEnough}, {@link hasScalePerChannel}
 */
export function integerBias(bias: Float32Array, quantized: QuantizedWeights, inputScale: number): IntegerBias {
  const scales = biasScales(quantized.scales, inputScale);
  const codes = Int32Array.from(bias, (value, channel) =>
    roundHalfEven(value / scales[scales.length === 1 ? 0 : channel]),
  );
  return { codes, scales };
}

/** What one unit of an integer bias stands for, in single precision: as many as there are weight scales. */
export function biasScales(weightScales: Float64Array, inputScale: number): Float32Array {
  return Float32Array.from(weightScales, (scale) => inputScale * singleScale(scale));
}

/** A weight scale as ONNX stores it: in single precision, and not below what is normal there. */
export function singleScale(scale: number): number {
  return Math.max(Math.fround(scale), SMALLEST_SCALE);
}

function widened(
  { weight, layout }: Pick<Layer, "weight" | "layout">,
  quantized: UniformCodes,
  needed: Float64Array,
): UniformCodes {
  const { codeMin, codeMax, zeroPoints } = quantized;
  const { values } = toChannelMajor(weight.values, layout);
  const bounds = groupBounds(quantized);
  const codes = quantized.codes.slice();
  const { scales, storedScales } = widenedScales(quantized, needed);
  for (let group = 0; group < scales.length; group++) {
    if (scales[group] === quantized.scales[group]) continue;
    const zeroPoint = zeroPoints?.[group] ?? 0;
    for (let i = bounds[group]; i < bounds[group + 1]; i++) {
      codes[i] = Math.min(Math.max(roundHalfEven(values[i] / scales[group]) + zeroPoint, codeMin), codeMax);
    }
  }
  return { ...quantized, codes, scales, storedScales };
}

/** The scales raised to what is needed, in the format in which they are stored. */
function widenedScales(
  { scales, storedScales }: UniformCodes,
  needed: Float64Array,
): Pick<UniformCodes, "scales" | "storedScales"> {
  const raised = (wider: (scale: number) => number) =>
    scales.map((scale, group) => (scale >= needed[group] ? scale : wider(needed[group])));
  switch (storedScales.format) {
    case "fixed-point":
      return { scales: raised((scale) => scale), storedScales };
    case "half": {
      const patterns = Uint16Array.from(
        raised((scale) => scale),
        halfNotBelow,
      );
      return { scales: Float64Array.from(patterns, fromFloat16), storedScales: { format: "half", patterns } };
    }
    case "power-of-two": {
      const powers = raised((scale) => 2 ** Math.ceil(Math.log2(scale)));
      return {
        scales: powers,
        storedScales: { format: "power-of-two", exponents: Int8Array.from(powers, exponentOf) },
      };
    }
  }
}
