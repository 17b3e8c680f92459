/** Conv, Gemm and MatMul with constant weights as integer convolutions. */
import type { NodeProto } from "onnx-buf";
import { BitwrightError } from "../../../protocol/errors";
import { intAttribute } from "../../graph/attributes";
import type { Layer } from "../../graph/layer";
import { nameOrOutput } from "../../graph/names";
import { hasScalePerChannel, integerBias, singleScale, weightsWideEnough } from "../../emit/qdq/bias";
import { integerWeights } from "../../schemes/decode";
import type { QuantizedWeights } from "../../schemes/scheme";
import { productScale } from "../arithmetic/float-product";
import { fitRequantization, type ChannelRange } from "../arithmetic/fit-requantization";
import type { ChannelRequantization } from "../arithmetic/requantization";
import { channelsLast, channelsLastOrder, innerLayout, isRowMajor, rowMajor, storedToRowMajor } from "../layout";
import type { Convolution, ConvolutionGeometry, WeightCodes } from "../operations/convolution";
import { UNCHECKED, type Agreement, type ProgramTensor } from "../program";
import type { FusedOutput, LoweringContext } from "./context";
import { refuse } from "./refusal";
import { transposedWindowsOf, windowsOf, type WindowAxis } from "./spatial";

const INT32_MAX = 2 ** 31 - 1;

export function lowerConv(node: NodeProto, nodeIndex: number, context: LoweringContext): void {
  const layer = layerOf(node, nodeIndex, context);
  if (layer.weightInput !== 1) throw refuse(node, "its weights are not its second input");
  const given = context.value(node.input[0], node);
  const [batch, inputChannels, ...spatial] = given.dims;
  const [outputChannels, , ...kernel] = layer.weight.dims;
  const groups = intAttribute(node, "group", 1);
  if (batch !== 1 || layer.weight.dims[1] * groups !== inputChannels) {
    throw refuse(node, `weights [${layer.weight.dims.join(", ")}] do not fit an input of [${given.dims.join(", ")}]`);
  }
  const [height, width] = windowsOf(node, spatial, kernel);
  const value = context.arranged(given, channelsLast(given.dims), storedDims(given.dims), node);
  const dims = [1, outputChannels, ...(spatial.length === 1 ? [width.output] : [height.output, width.output])];
  const fused = context.fusedOutput(node);
  const geometry = convolutionGeometry(height, width, inputChannels, outputChannels, groups);
  const output = context.define(fused.value, dims, channelsLast(dims), storedDims(dims), fused.parameters, node);
  const input = context.tensorOf(value);
  const quantized = quantizedOf(layer, node, input.scale, context);
  const sums = weightedSums(layer, node, quantized, weightCodes(quantized, node), input, fused, context);
  context.operations.push({ ...sums, geometry, inputs: [value.tensor], output: output.tensor });
}

export function lowerConvTranspose(node: NodeProto, nodeIndex: number, context: LoweringContext): void {
  const layer = layerOf(node, nodeIndex, context);
  const given = context.value(node.input[0], node);
  const [batch, inputChannels, ...spatial] = given.dims;
  const groups = intAttribute(node, "group", 1);
  const outputChannels = layer.weight.dims[1] * groups;
  if (layer.weightInput !== 1 || batch !== 1 || layer.weight.dims[0] !== inputChannels) {
    throw refuse(node, `weights [${layer.weight.dims.join(", ")}] do not fit an input of [${given.dims.join(", ")}]`);
  }
  const [height, width] = transposedWindowsOf(node, spatial, layer.weight.dims.slice(2));
  const value = context.arranged(given, channelsLast(given.dims), storedDims(given.dims), node);
  const dims = [1, outputChannels, ...(spatial.length === 1 ? [width.output] : [height.output, width.output])];
  const fused = context.fusedOutput(node);
  const geometry = convolutionGeometry(height, width, inputChannels, outputChannels, groups);
  const output = context.define(fused.value, dims, channelsLast(dims), storedDims(dims), fused.parameters, node);
  const input = context.tensorOf(value);
  const quantized = quantizedOf(layer, node, input.scale, context);
  const sums = weightedSums(layer, node, quantized, weightCodes(quantized, node), input, fused, context);
  const { tensor } = output;
  context.operations.push({
    ...sums,
    kind: "transposed-convolution",
    agreement: UNCHECKED,
    geometry,
    inputs: [value.tensor],
    output: tensor,
  });
}

export function lowerDense(node: NodeProto, nodeIndex: number, context: LoweringContext): void {
  const layer = layerOf(node, nodeIndex, context);
  const [outputChannels, inputs, ...more] = layer.layout.storedDims;
  if (layer.weightInput !== 1 || more.length > 0)
    throw refuse(node, "its weights are not one matrix on the right side");
  if (node.opType === "Gemm" && intAttribute(node, "transA", 0) !== 0) throw refuse(node, "its input is transposed");
  const given = context.value(node.input[0], node);
  if (given.dims.at(-1) !== inputs) {
    throw refuse(node, `${inputs} weights an output do not fit an input of [${given.dims.join(", ")}]`);
  }
  const rows = given.dims.slice(0, -1).reduce((product, dim) => product * dim, 1);
  const inner = rows === 1 ? given.layout : innerLayout(given.layout, inputs);
  const value = inner === null ? context.arranged(given, rowMajor(given.dims), given.dims, node) : given;
  const fused = context.fusedOutput(node);
  const dims = [...given.dims.slice(0, -1), outputChannels];
  const geometry: ConvolutionGeometry = {
    inputHeight: 1,
    inputWidth: rows,
    inputChannels: inputs,
    outputHeight: 1,
    outputWidth: rows,
    outputChannels,
    kernelHeight: 1,
    kernelWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: 0,
    padLeft: 0,
    groups: 1,
  };
  const output = context.define(fused.value, dims, rowMajor(dims), dims, fused.parameters, node);
  const input = context.tensorOf(value);
  const quantized = quantizedOf(layer, node, input.scale, context);
  const codes = weightCodes(quantized, node);
  const weights = inner === null || isRowMajor(inner) ? codes : reorderedInputs(codes, storedToRowMajor(inner));
  const sums = weightedSums(layer, node, quantized, weights, input, fused, context);
  context.operations.push({ ...sums, geometry, inputs: [value.tensor], output: output.tensor });
}

function convolutionGeometry(
  height: WindowAxis,
  width: WindowAxis,
  inputChannels: number,
  outputChannels: number,
  groups: number,
): ConvolutionGeometry {
  return {
    inputHeight: height.input,
    inputWidth: width.input,
    inputChannels,
    outputHeight: height.output,
    outputWidth: width.output,
    outputChannels,
    kernelHeight: height.kernel,
    kernelWidth: width.kernel,
    strideHeight: height.stride,
    strideWidth: width.stride,
    dilationHeight: height.dilation,
    dilationWidth: width.dilation,
    padTop: height.padBegin,
    padLeft: width.padBegin,
    groups,
  };
}

/** Channels-last dimensions. */
export function storedDims(dims: readonly number[]): number[] {
  return channelsLastOrder(dims.length).map((axis) => dims[axis]);
}

/** Every row of weights with the weight of input `positions[i]` at i. */
function reorderedInputs(codes: WeightCodes, positions: Int32Array): WeightCodes {
  const reordered = codes.slice();
  for (let row = 0; row < codes.length; row += positions.length) {
    for (let i = 0; i < positions.length; i++) reordered[row + i] = codes[row + positions[i]];
  }
  return reordered;
}

function layerOf(node: NodeProto, nodeIndex: number, context: LoweringContext): Layer {
  const layer = context.layerOf(nodeIndex);
  if (layer === undefined) throw refuse(node, "its weights are not constant");
  return layer;
}

/** The integers that the codes stand for, in 8 bits where they fit. */
function weightCodes(quantized: QuantizedWeights, node: NodeProto): WeightCodes {
  const integers = integerWeights(quantized);
  let low = 0;
  let high = 0;
  for (const integer of integers) {
    if (integer < low) low = integer;
    if (integer > high) high = integer;
  }
  if (low >= -128 && high <= 127) return Int8Array.from(integers);
  if (low >= -32768 && high <= 32767) return Int16Array.from(integers);
  throw refuse(node, "its weights stand for integers of more than 16 bits");
}

/** The layer's codes, with scales that leave room for the bias. */
function quantizedOf(layer: Layer, node: NodeProto, inputScale: number, { input }: LoweringContext): QuantizedWeights {
  const quantized = input.quantized.get(layer.name);
  if (quantized === undefined) throw refuse(node, "its weights stay float");
  if (!hasScalePerChannel(quantized)) throw refuse(node, "its weights have a scale for every block");
  const wide = weightsWideEnough(layer, quantized, inputScale);
  if (wide === null) throw overflow(layer.name, "the bias is too large for the scale of the weights");
  return wide;
}

/** All of the operation but where it reads and writes. */
function weightedSums(
  layer: Layer,
  node: NodeProto,
  quantized: QuantizedWeights,
  weights: WeightCodes,
  input: ProgramTensor,
  fused: FusedOutput,
  context: LoweringContext,
): Omit<Convolution, "geometry" | "inputs" | "output"> {
  const { channels, perChannel } = layer.layout;
  const scales = Float32Array.from(quantized.scales, singleScale);
  const scaleOf = (channel: number) => scales[scales.length === 1 ? 0 : channel];
  const bias = layer.bias === null ? new Int32Array(channels) : integerBias(layer.bias, quantized, input.scale).codes;
  const ranges: ChannelRange[] = [];
  for (let channel = 0; channel < channels; channel++) {
    ranges.push(accumulatorRange(weights, channel, perChannel, bias[channel], input, fused));
  }
  for (const [channel, { accumulatorMin, accumulatorMax }] of ranges.entries()) {
    if (accumulatorMin < -INT32_MAX || accumulatorMax > INT32_MAX) {
      throw overflow(layer.name, `channel ${channel} can reach ${Math.max(-accumulatorMin, accumulatorMax)}`);
    }
  }
  const fit = (scale: number, range: ChannelRange) => {
    const fitted = fitRequantization(productScale(input.scale, scale, fused.parameters.scale), range, context.rounding);
    if (fitted === null) throw refuse(node, "the ratio of its scales is beyond what 32-bit multipliers reach");
    return fitted;
  };
  const fitted =
    scales.length === 1
      ? [fit(scaleOf(0), widest(ranges))]
      : ranges.map((range, channel) => fit(scaleOf(channel), range));
  return {
    kind: "convolution",
    node: nameOrOutput(node),
    operator: fused.operator,
    agreement: overall(fitted.map(({ agreement }) => agreement)),
    weights,
    weightBits: quantized.bits,
    weightScales: scales,
    bias,
    inputOffset: -input.zeroPoint,
    requantization: fitted.map(({ channel }): ChannelRequantization => channel),
    outputOffset: fused.parameters.zeroPoint,
    activationMin: fused.activationMin,
    activationMax: fused.activationMax,
    accumulatorBits: 32,
  };
}

/**
 * What the accumulator of a channel can be, at the end and on the way: the taps inside the input are any subset, and 0 is
 * among the values of each.
 */
function accumulatorRange(
  weights: WeightCodes,
  channel: number,
  perChannel: number,
  bias: number,
  input: ProgramTensor,
  fused: FusedOutput,
): ChannelRange {
  const low = input.codeMin - input.zeroPoint;
  const high = input.codeMax - input.zeroPoint;
  let positive = 0;
  let negative = 0;
  for (let i = channel * perChannel; i < (channel + 1) * perChannel; i++) {
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

function overflow(layer: string, problem: string): BitwrightError {
  return new BitwrightError(
    "accumulator-overflow",
    `32-bit accumulators do not hold its sums: ${problem}`,
    "Use fewer bits for the weights or the activations of this layer",
    { layer },
  );
}
