/** Operators over rows: Softmax and ArgMax. */
import type { NodeProto } from "onnx-buf";
import { intAttribute } from "../../graph/attributes";
import { nameOrOutput } from "../../graph/names";
import { elementCount } from "../../onnx/tensor";
import type { RoundingMode } from "../arithmetic/fit-requantization";
import { channelsLast, channelsLastOrder, rowMajor, sameLayout } from "../layout";
import { EXPONENTIAL_BITS, RECIPROCAL_BITS } from "../operations/classification";
import { EXACT, UNCHECKED } from "../program";
import { directionOf, type LoweredValue, type LoweringContext } from "./context";
import { refuse } from "./refusal";

/** Since this operator set Softmax works along one axis; before, along all from `axis` on as one. */
const ONE_AXIS_SINCE = 13;

export function lowerSoftmax(node: NodeProto, context: LoweringContext): void {
  const given = context.value(node.input[0], node);
  const rank = given.dims.length;
  const oneAxis = context.input.model.opset >= ONE_AXIS_SINCE;
  const axis = axisWithin(intAttribute(node, "axis", oneAxis ? -1 : 1), rank);
  const innerCount = elementCount(oneAxis ? given.dims.slice(axis, axis + 1) : given.dims.slice(axis));
  const isLast = oneAxis ? elementCount(given.dims.slice(axis + 1)) === 1 : true;
  const value = isLast
    ? context.arranged(given, rowMajor(given.dims), given.dims, node)
    : inRows(node, given, axis, context);
  const input = context.tensorOf(value);
  const isWide = input.type === "int16";
  const fused = context.fusedOutput(node);
  const output = context.define(fused.value, value.dims, value.layout, input.storedDims, fused.parameters, node);
  context.operations.push({
    kind: "softmax",
    node: nameOrOutput(node),
    operator: fused.operator,
    inputs: [value.tensor],
    output: output.tensor,
    agreement: UNCHECKED,
    outerCount: elementCount(value.dims) / innerCount,
    innerCount,
    table: exponentials(input.scale, isWide ? 256 : 1),
    fine: isWide ? exponentials(input.scale, 1) : null,
    rounding: directionOf(fused.parameters),
    reciprocal: reciprocalOf(fused.parameters.scale, context.rounding),
    outputOffset: fused.parameters.zeroPoint,
    activationMin: fused.activationMin,
    activationMax: fused.activationMax,
  });
}

/** `exp(−scale · distance)` for 256 distances. */
function exponentials(scale: number, step: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, entry) =>
    Math.round(Math.exp(-scale * step * entry) * 2 ** EXPONENTIAL_BITS),
  );
}

/** Output scales from here on run in ONNX Runtime's integer kernel. */
const SMALLEST_INTEGER_KERNEL_SCALE = 1 / 256;

/** One over the scale; ONNX Runtime's integer kernel takes the whole part of it alone. */
function reciprocalOf(scale: number, rounding: RoundingMode): number {
  const reciprocal = Math.fround(1 / scale);
  const whole = rounding === "onnxruntime" && scale >= SMALLEST_INTEGER_KERNEL_SCALE;
  return Math.round((whole ? Math.floor(reciprocal) : 1 / scale) * 2 ** RECIPROCAL_BITS);
}

/** The positions themselves, as int32; the output must be one of the model's. */
export function lowerArgMax(node: NodeProto, context: LoweringContext): void {
  if (!context.index.isGraphOutput(node.output[0]) || context.index.consumers(node.output[0]).length > 0) {
    throw refuse(node, "its result is not just an output of the model");
  }
  const given = context.value(node.input[0], node);
  const axis = axisWithin(intAttribute(node, "axis", 0), given.dims.length);
  const isLast = elementCount(given.dims.slice(axis + 1)) === 1;
  const value = isLast
    ? context.arranged(given, rowMajor(given.dims), given.dims, node)
    : inRows(node, given, axis, context);
  const innerCount = given.dims[axis];
  const keeps = intAttribute(node, "keepdims", 1) === 1;
  const dims = keeps ? given.dims.map((dim, at) => (at === axis ? 1 : dim)) : given.dims.filter((_, at) => at !== axis);
  const tensor = context.defineIndices(node.output[0], dims, innerCount);
  context.operations.push({
    kind: "arg-max",
    node: nameOrOutput(node),
    operator: node.opType,
    inputs: [value.tensor],
    output: tensor,
    agreement: EXACT,
    outerCount: elementCount(given.dims) / innerCount,
    innerCount,
    selectLast: intAttribute(node, "select_last_index", 0) === 1,
  });
}

/** The value with the axis innermost, which works for channels. */
function inRows(node: NodeProto, value: LoweredValue, axis: number, context: LoweringContext): LoweredValue {
  if (axis !== 1) throw refuse(node, "it works along an axis that is neither the last nor the channels");
  const layout = channelsLast(value.dims);
  if (sameLayout(value.layout, layout)) return value;
  return context.arranged(
    value,
    layout,
    channelsLastOrder(value.dims.length).map((at) => value.dims[at]),
    node,
  );
}

function axisWithin(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
