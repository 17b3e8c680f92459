/** How DequantizeLinear can express the codes of a layer. */
import type { Layer } from "../../graph/layer";
import type { WeightLayout } from "../../graph/layout";
import { rowMajorStrides } from "../../onnx/tensor";
import type { UpgradeTarget } from "../../onnx/upgrade/upgrade";
import { integerWeights } from "../../schemes/decode";
import type { Codes, QuantizedWeights } from "../../schemes/scheme";
import { hasScalePerChannel } from "../../activations/integer-bias";
import { codeTypeFor, type CodeType } from "./code-types";

/** What DequantizeLinear reads: `ŵ = scale · (code − zeroPoint)`, in channel-major order. */
export interface LinearCodes {
  readonly type: CodeType;
  readonly codes: Codes;
  /** One per group; null for zeros. */
  readonly zeroPoints: Int32Array | null;
}

/**
 * - `model`: codes in the model's own order, one scale for all or one for each index of `axis`
 * - `model-blocks`: the same, one scale for each `blockSize` codes along `axis`
 * - `stored`: codes in channel-major order as a matrix of channels, one scale a row; nodes behind bring them into the model's
 *   order. For channels that are no single axis of the model (grouped ConvTranspose, recurrent layers of two directions),
 *   and where a runtime must not see the codes directly before the layer.
 * - `stored-blocks`: the same, one scale for each `blockSize` codes of a row
 */
export type WeightForm = LinearCodes & { readonly opset: UpgradeTarget } & (
    | { readonly kind: "model"; readonly axis: number | null }
    | { readonly kind: "model-blocks"; readonly axis: number; readonly blockSize: number }
    | { readonly kind: "stored" }
    | { readonly kind: "stored-blocks"; readonly blockSize: number }
  );

type QuantizableLayer = Pick<Layer, "op" | "layout" | "weight" | "weightInput">;

/** First operator set whose DequantizeLinear has `block_size`. */
const BLOCKS_SINCE = 21;

/**
 * The form for these codes; null where ONNX has no integer type for them.
 * @param inputHasCodes whether the activations that the weights meet are integers too
 * @param packed whether codes of 4 and 2 bits are stored in types of that width, not in bytes
 */
export function weightForm(
  quantized: QuantizedWeights,
  layer: QuantizableLayer,
  inputHasCodes: boolean,
  packed: boolean,
): WeightForm | null {
  const linear = linearCodes(quantized, packed);
  if (linear === null) return null;
  const { scales, groupSize } = quantized;
  const { layout } = layer;
  const modelDims = layer.weight.dims;
  const { opset } = linear.type;
  const direct = !isMisread(layer, linear, quantized, inputHasCodes);
  if (scales.length === 1 && direct) return { ...linear, kind: "model", axis: null, opset };
  if (hasScalePerChannel(quantized)) {
    const axis = direct ? channelAxis(layout, modelDims) : null;
    return axis === null ? { ...linear, kind: "stored", opset } : { ...linear, kind: "model", axis, opset };
  }
  const blocks = { ...linear, blockSize: groupSize, opset: opset > BLOCKS_SINCE ? opset : BLOCKS_SINCE } as const;
  const axis = direct ? innermostAxis(layout, modelDims, groupSize) : null;
  return axis === null ? { ...blocks, kind: "stored-blocks" } : { ...blocks, kind: "model-blocks", axis };
}

/**
 * Whether ONNX Runtime (1.30) goes wrong where DequantizeLinear feeds the layer directly. It computes with other weights, or refuses
 * the model, where codes have 2 bits. Of a product of integer matrices it takes one scale a column, on the right, without batch axes.
 */
function isMisread(
  { op, weight, weightInput }: QuantizableLayer,
  { type }: LinearCodes,
  quantized: QuantizedWeights,
  inputHasCodes: boolean,
): boolean {
  if (type.bits === 2) return true;
  if (!inputHasCodes || (op !== "MatMul" && op !== "Gemm") || quantized.scales.length === 1) return false;
  return weight.dims.length > 2 || weightInput === 0 || !hasScalePerChannel(quantized);
}

/** Uniform codes as they are; codes of other kinds as the integers that they stand for. */
function linearCodes(quantized: QuantizedWeights, packed: boolean): LinearCodes | null {
  if (quantized.kind === "uniform") {
    const { codes, codeMin, codeMax, zeroPoints } = quantized;
    const type = codeTypeFor(codeMin, codeMax, packed);
    if (type === undefined || zeroPoints?.some((zero) => zero < type.min || zero > type.max) === true) return null;
    return { type, codes, zeroPoints };
  }
  const codes = integerWeights(quantized);
  const least = codes.reduce((low, code) => Math.min(low, code), 0);
  const most = codes.reduce((high, code) => Math.max(high, code), 0);
  const type = codeTypeFor(least, most, packed);
  return type === undefined ? null : { type, codes, zeroPoints: null };
}

/** The axis of the model's tensor whose indices are the channels; null where there is none. */
function channelAxis({ viewDims, permutation, channels }: WeightLayout, modelDims: readonly number[]): number | null {
  const viewAxis = permutation.find((axis) => viewDims[axis] !== 1);
  if (viewAxis === undefined || viewDims[viewAxis] !== channels) return null;
  return modelAxis(viewDims, viewAxis, modelDims);
}

/** The axis of the model's tensor along which codes are neighbours in channel-major order, if no block crosses its end. */
function innermostAxis(
  { viewDims, permutation, perChannel }: WeightLayout,
  modelDims: readonly number[],
  blockSize: number,
): number | null {
  const viewAxis = permutation.at(-1);
  if (viewAxis === undefined) return null;
  const length = viewDims[viewAxis];
  if (length % blockSize !== 0 && length !== perChannel) return null;
  return modelAxis(viewDims, viewAxis, modelDims);
}

/** The axis of the model that is an axis of the view: as long, and with as many elements behind it. */
function modelAxis(viewDims: readonly number[], viewAxis: number, modelDims: readonly number[]): number | null {
  const stride = rowMajorStrides(viewDims)[viewAxis];
  const strides = rowMajorStrides(modelDims);
  const axis = modelDims.findIndex((dim, at) => dim === viewDims[viewAxis] && strides[at] === stride);
  return axis < 0 ? null : axis;
}
