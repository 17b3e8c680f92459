/** Sums of products: their biases, the proof that no accumulator overflows, and their requantization. */
import type { NodeProto } from "onnx-buf";
import { BitwrightError } from "../../../protocol/errors";
import { weightsWideEnough } from "../../activations/integer-bias";
import type { Layer } from "../../graph/layer";
import { nameOrOutput } from "../../graph/names";
import { roundHalfEven } from "../../schemes/rounding";
import type { QuantizedWeights } from "../../schemes/scheme";
import { productScale } from "../arithmetic/float-product";
import { fitRequantization, type ChannelRange } from "../arithmetic/fit-requantization";
import { nearestRequantizations } from "../arithmetic/nearest-requantization";
import type { Convolution } from "../operations/convolution";
import { UNCHECKED, type Agreement, type ProgramTensor } from "../program";
import { scaledWeights } from "../weight-storage";
import { directionOf, type FusedOutput, type LoweringContext } from "./context";
import { layerWeights, type LayerWeights } from "./layer-weights";
import { refuse } from "./refusal";

const INT32_MAX = 2 ** 31 - 1;

/** Sums of 64 bits stay within what double precision holds exactly. */
const WIDE_MAX = 2 ** 53 - 1;

/** The layer's weights, with scales that leave room for the bias where that can be. */
export function quantizedWeights(
  layer: Layer,
  node: NodeProto,
  input: Pick<ProgramTensor, "scale">,
  context: LoweringContext,
): LayerWeights & { readonly bits: number } {
  const quantized = context.input.quantized.get(layer.name);
  if (quantized === undefined) throw refuse(node, "its weights stay float");
  const made = layerWeights(quantized);
  const wide = made.blocks === null ? weightsWideEnough(layer, quantized, input.scale) : null;
  return { ...(wide === null || wide === quantized ? made : layerWeights(wide)), bits: quantized.bits };
}

/** All of the operation but where it reads and writes. */
export function weightedSums(
  layer: Pick<Layer, "name" | "bias" | "layout">,
  node: NodeProto,
  { weights, storage, blocks, scales, bits }: LayerWeights & Pick<QuantizedWeights, "bits">,
  input: ProgramTensor,
  fused: FusedOutput,
  context: LoweringContext,
): Omit<Convolution, "geometry" | "inputs" | "output"> {
  const { channels, perChannel } = layer.layout;
  const { bias, biasShifts } = integerBias(layer.bias, channels, scales, input.scale);
  const factors = scaledWeights(weights, perChannel, blocks);
  const ranges = Array.from({ length: channels }, (_, channel) =>
    accumulatorRange(factors.subarray(channel * perChannel, (channel + 1) * perChannel), bias[channel], input, fused),
  );
  const magnitudes = ranges.map(({ accumulatorMin, accumulatorMax }) => Math.max(-accumulatorMin, accumulatorMax));
  const worst = magnitudes.indexOf(Math.max(...magnitudes));
  if (magnitudes[worst] > WIDE_MAX) {
    throw overflow(layer.name, `channel ${worst} can reach ${magnitudes[worst]}`);
  }
  const isNarrow = magnitudes[worst] <= INT32_MAX && biasShifts === null;
  const isComparable = isNarrow && blocks === null && weights instanceof Int8Array && hasByteCodes(input, fused);
  const sums = { scales: productScales(scales, input, fused), ranges };
  const requantized = isComparable
    ? comparedRequantization(sums, node, context)
    : plainRequantization(sums.scales, magnitudes, isNarrow, fused, node);
  return {
    kind: "convolution",
    node: nameOrOutput(node),
    operator: fused.operator,
    weights,
    storage,
    blocks,
    weightBits: bits,
    weightScales: scales,
    bias,
    biasShifts,
    inputOffset: -input.zeroPoint,
    outputOffset: fused.parameters.zeroPoint,
    activationMin: fused.activationMin,
    activationMax: fused.activationMax,
    ...requantized,
  };
}

/** Whether ONNX Runtime runs the layer in integers: codes of 8 bits on both sides, rounded to the nearest. */
function hasByteCodes(input: ProgramTensor, { parameters }: FusedOutput): boolean {
  return (
    input.type === "int8" && parameters.codeMax - parameters.codeMin < 256 && directionOf(parameters) === "nearest"
  );
}

function productScales(scales: Float32Array, input: ProgramTensor, { parameters }: FusedOutput): number[] {
  return Array.from(scales, (scale) => productScale(input.scale, scale, parameters.scale));
}

interface Sums {
  /** From accumulators to codes: one, or one a channel. */
  readonly scales: readonly number[];
  readonly ranges: readonly ChannelRange[];
}

type Requantized = Pick<Convolution, "requantization" | "agreement" | "accumulatorBits">;

function comparedRequantization({ scales, ranges }: Sums, node: NodeProto, context: LoweringContext): Requantized {
  const fitted = (scales.length === 1 ? [widest(ranges)] : ranges).map((range, channel) => {
    const channelFit = fitRequantization(scales[channel], range, context.rounding);
    if (channelFit === null) throw extreme(node);
    return channelFit;
  });
  return {
    requantization: fitted.map(({ channel }) => channel),
    agreement: overall(fitted.map(({ agreement }) => agreement)),
    accumulatorBits: 32,
  };
}

function plainRequantization(
  scales: readonly number[],
  magnitudes: readonly number[],
  isNarrow: boolean,
  { parameters }: FusedOutput,
  node: NodeProto,
): Requantized {
  const largest = scales.length === 1 ? [Math.max(...magnitudes)] : magnitudes;
  for (const accumulatorBits of isNarrow ? ([32, 64] as const) : ([64] as const)) {
    const requantization = nearestRequantizations(scales, largest, directionOf(parameters), accumulatorBits);
    if (requantization !== null) return { requantization, agreement: UNCHECKED, accumulatorBits };
  }
  throw extreme(node);
}

/** Biases in units of the products, and shifts for those that are beyond 32 bits. */
function integerBias(bias: Float32Array | null, channels: number, scales: Float32Array, inputScale: number) {
  if (bias === null) return { bias: new Int32Array(channels), biasShifts: null };
  const units = scales.map((scale) => inputScale * scale);
  const exact = Float64Array.from(bias, (value, channel) => value / units[units.length === 1 ? 0 : channel]);
  const shifts = Uint8Array.from(exact, (value) => Math.max(0, Math.ceil(Math.log2(Math.abs(value) / INT32_MAX))));
  const rounded = exact.map((value, channel) => roundHalfEven(value / 2 ** shifts[channel]) * 2 ** shifts[channel]);
  return shifts.some((shift) => shift > 0)
    ? { bias: rounded, biasShifts: shifts }
    : { bias: Int32Array.from(rounded), biasShifts: null };
}

/**
 * What the accumulator of a channel can be, at the end and on the way: the taps inside the input are any subset, and 0 is
 * among the values of each.
 */
function accumulatorRange(
  weights: ArrayLike<number>,
  bias: number,
  input: ProgramTensor,
  fused: FusedOutput,
): ChannelRange {
  const low = input.codeMin - input.zeroPoint;
  const high = input.codeMax - input.zeroPoint;
  let positive = 0;
  let negative = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] > 0) positive += weights[i];
    else negative += weights[i];
  }
  return {
    accumulatorMin: bias + positive * low + negative * high,
    accumulatorMax: bias + positive * high + negative * low,
    codeMin: fused.activationMin - fused.parameters.zeroPoint,
    codeMax: fused.activationMax - fused.parameters.zeroPoint,
  };
}

function widest(ranges: readonly ChannelRange[]): ChannelRange {
  return {
    ...ranges[0],
    accumulatorMin: Math.min(...ranges.map(({ accumulatorMin }) => accumulatorMin)),
    accumulatorMax: Math.max(...ranges.map(({ accumulatorMax }) => accumulatorMax)),
  };
}

/** The agreement of a whole of its parts. */
export function overall(parts: readonly Agreement[]): Agreement {
  return {
    checked: parts[0].checked,
    difference: Math.max(...parts.map(({ difference }) => difference ?? Infinity)),
    differing: parts.filter(({ difference }) => difference !== 0).length,
  };
}

function extreme(node: NodeProto): BitwrightError {
  return refuse(node, "the ratio of its scales is beyond what 32-bit multipliers reach");
}

function overflow(layer: string, problem: string): BitwrightError {
  return new BitwrightError(
    "accumulator-overflow",
    `64-bit accumulators do not hold its sums exactly: ${problem}`,
    "Use fewer bits for the weights or the activations of this layer",
    { layer },
  );
}
