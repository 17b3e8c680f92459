/** Conv, Gemm and MatMul with constant weights as integer convolutions. */
import type { NodeProto } from "onnx-buf";
import { intAttribute } from "../../graph/attributes";
import type { Layer } from "../../graph/layer";
import { channelsLast, channelsLastOrder, innerLayout, isRowMajor, rowMajor, storedToRowMajor } from "../layout";
import type { ConvolutionGeometry, WeightCodes } from "../operations/convolution";
import { UNCHECKED } from "../program";
import type { LoweringContext } from "./context";
import { refuse } from "./refusal";
import { transposedWindowsOf, windowsOf, type WindowAxis } from "./spatial";
import { quantizedWeights, weightedSums } from "./sums";

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
  const weights = quantizedWeights(layer, node, input, context);
  const sums = weightedSums(layer, node, weights, input, fused, context);
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
  const weights = quantizedWeights(layer, node, input, context);
  const sums = weightedSums(layer, node, weights, input, fused, context);
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
  const weights = quantizedWeights(layer, node, context.tensorOf(given), context);
  const own = rows === 1 ? given.layout : innerLayout(given.layout, inputs);
  // Blocks are neighbours in the order of the model: their weights cannot follow the input's order.
  const inner = own === null || weights.blocks === null || isRowMajor(own) ? own : null;
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
  const isOrdered = inner === null || isRowMajor(inner);
  const ordered = isOrdered ? weights.weights : reorderedInputs(weights.weights, storedToRowMajor(inner));
  const sums = weightedSums(layer, node, { ...weights, weights: ordered }, input, fused, context);
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
