/** Weights as integer constants behind DequantizeLinear. */
import type { Layer } from "../../graph/layer";
import { toOnnxOrder, type WeightLayout } from "../../graph/layout";
import { makeFloatTensor, makeInt64Tensor } from "../../onnx/build";
import { DataType } from "../../onnx/data-types";
import { decode } from "../../schemes/decode";
import type { QuantizedWeights } from "../../schemes/scheme";
import { singleScale } from "../../activations/integer-bias";
import { packCodes, type CodeType } from "./code-types";
import type { Insertions } from "./insertions";
import type { WeightForm } from "./weight-form";

/**
 * Adds a layer's codes and what decodes them, or, without a form, the decoded weights.
 * @param elementType of the weights in the model, to which others than float are cast
 * @returns the value to connect to the layer
 */
export function insertWeights(
  { weight, weightName, layout }: Layer,
  quantized: QuantizedWeights,
  form: WeightForm | null,
  elementType: number,
  graph: Insertions,
): string {
  const decoded =
    form === null
      ? insertFloats(weightName, weight.dims, toOnnxOrder(decode(quantized), layout), graph)
      : insertCodes(weightName, weight.dims, layout, quantized, form, graph);
  return elementType === DataType.FLOAT
    ? decoded
    : graph.node("Cast", [decoded], `${weightName}_cast`, { to: elementType });
}

function insertFloats(name: string, dims: readonly number[], values: Float32Array, graph: Insertions): string {
  return graph.constant(`${name}_decoded`, DataType.FLOAT, dims, makeFloatTensor("", dims, values).rawData);
}

function insertCodes(
  name: string,
  modelDims: readonly number[],
  layout: WeightLayout,
  quantized: QuantizedWeights,
  form: WeightForm,
  graph: Insertions,
): string {
  const { codes, type } = form;
  const scales = Float32Array.from(quantized.scales, singleScale);
  const zeroPoints = form.zeroPoints ?? new Int32Array(scales.length);
  const { channels, perChannel } = layout;
  const stored = [channels, perChannel];
  switch (form.kind) {
    case "model": {
      const codesName = insertTensor(name, modelDims, toOnnxOrder(codes, layout), type, graph);
      const dims = form.axis === null ? [] : [scales.length];
      const parameters = insertParameters(name, dims, scales, zeroPoints, type, graph);
      return dequantize(name, codesName, parameters, form.axis === null ? {} : { axis: form.axis }, graph);
    }
    case "model-blocks": {
      const { axis, blockSize } = form;
      const codesName = insertTensor(name, modelDims, toOnnxOrder(codes, layout), type, graph);
      const dims = modelDims.map((dim, at) => (at === axis ? Math.ceil(dim / blockSize) : dim));
      const blocks = blockLayout(layout, blockSize);
      const ordered = [toOnnxOrder(scales, blocks), toOnnxOrder(zeroPoints, blocks)] as const;
      const parameters = insertParameters(name, dims, ...ordered, type, graph);
      return dequantize(name, codesName, parameters, { axis, block_size: blockSize }, graph);
    }
    case "stored": {
      const codesName = insertTensor(name, stored, codes, type, graph);
      const perTensor = scales.length === 1;
      const parameters = insertParameters(name, perTensor ? [] : [channels], scales, zeroPoints, type, graph);
      const decoded = dequantize(name, codesName, parameters, perTensor ? {} : { axis: 0 }, graph);
      return rearranged(name, decoded, layout, modelDims, graph);
    }
    case "stored-blocks": {
      const { blockSize } = form;
      const codesName = insertTensor(name, stored, codes, type, graph);
      const dims = [channels, Math.ceil(perChannel / blockSize)];
      const parameters = insertParameters(name, dims, scales, zeroPoints, type, graph);
      const decoded = dequantize(name, codesName, parameters, { axis: 1, block_size: blockSize }, graph);
      return rearranged(name, decoded, layout, modelDims, graph);
    }
  }
}

function insertTensor(
  name: string,
  dims: readonly number[],
  codes: ArrayLike<number>,
  type: CodeType,
  graph: Insertions,
): string {
  return graph.constant(`${name}_quantized`, type.dataType, dims, packCodes(codes, type));
}

function insertParameters(
  name: string,
  dims: readonly number[],
  scales: Float32Array,
  zeroPoints: Int32Array,
  type: CodeType,
  graph: Insertions,
): string[] {
  return [
    graph.constant(`${name}_scale`, DataType.FLOAT, dims, makeFloatTensor("", dims, scales).rawData),
    graph.constant(`${name}_zero_point`, type.dataType, dims, packCodes(zeroPoints, type)),
  ];
}

function dequantize(
  name: string,
  codes: string,
  parameters: readonly string[],
  attributes: Readonly<Record<string, number>>,
  graph: Insertions,
): string {
  return graph.node("DequantizeLinear", [codes, ...parameters], `${name}_dequantized`, attributes);
}

/** The layout of one entry for each block along the innermost axis. */
function blockLayout(layout: WeightLayout, blockSize: number): WeightLayout {
  const innermost = layout.permutation.at(-1);
  const viewDims = layout.viewDims.map((dim, axis) => (axis === innermost ? Math.ceil(dim / blockSize) : dim));
  return { ...layout, viewDims };
}

/** Brings decoded channel-major weights into the order and shape of the model. */
function rearranged(
  name: string,
  decoded: string,
  { viewDims, permutation }: WeightLayout,
  modelDims: readonly number[],
  graph: Insertions,
): string {
  const reshape = (value: string, dims: readonly number[]) =>
    graph.node("Reshape", [value, insertShape(name, dims, graph)], `${name}_reshaped`);
  if (permutation.every((axis, at) => axis === at)) return reshape(decoded, modelDims);
  const stored = reshape(
    decoded,
    permutation.map((axis) => viewDims[axis]),
  );
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
  return reshape(graph.node("Transpose", [stored], `${name}_transposed`, { perm: inverse }), modelDims);
}

function insertShape(name: string, dims: readonly number[], graph: Insertions): string {
  const { rawData } = makeInt64Tensor("", [dims.length], dims.map(BigInt));
  return graph.constant(`${name}_shape`, DataType.INT64, [dims.length], rawData);
}
