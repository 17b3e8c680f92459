/** Operators that move codes: Concat, Split, Slice, Pad, Transpose, Resize, Expand. */
import type { NodeProto } from "onnx-buf";
import { quantizeActivations } from "../../activations/parameters";
import { floatAttribute, intAttribute, intsAttribute } from "../../graph/attributes";
import { nameOrOutput } from "../../graph/names";
import { transposition } from "../../graph/shapes";
import { elementCount, rowMajorStrides } from "../../onnx/tensor";
import {
  channelsLast,
  channelsLastOrder,
  mergedLoops,
  permuted,
  rowMajor,
  sameLayout,
  transposedLayout,
} from "../layout";
import type { RearrangementLoop } from "../operations/movement";
import { EXACT } from "../program";
import type { LoweredValue, LoweringContext } from "./context";
import { requantized } from "./elementwise";
import { boundsAttribute, integersOf } from "./integer-constants";
import { refuse } from "./refusal";
import { textAttribute } from "./spatial";

export function lowerTranspose(node: NodeProto, context: LoweringContext): void {
  const value = context.value(node.input[0], node);
  const permutation = transposition(value.dims, intsAttribute(node, "perm"));
  const dims = permutation.map((axis) => value.dims[axis]);
  const moved = transposedLayout(value.layout, value.dims, permutation);
  if (moved !== null) {
    context.alias(node.output[0], { ...value, dims, layout: moved });
    return;
  }
  const ordered = context.arranged(value, rowMajor(value.dims), value.dims, node);
  const layout = transposedLayout(ordered.layout, value.dims, permutation);
  if (layout === null) throw refuse(node, "its axes cannot be told apart");
  context.alias(node.output[0], { ...ordered, dims, layout });
}

export function lowerConcat(node: NodeProto, context: LoweringContext): void {
  const given = node.input.map((name) => context.value(name, node));
  const rank = given[0].dims.length;
  const axis = axisOf(intAttribute(node, "axis", 0), rank, node);
  const dims = given[0].dims.map((dim, at) =>
    at === axis ? given.reduce((sum, value) => sum + value.dims[axis], 0) : dim,
  );
  const order = given.every(isChannelsLast) ? channelsLastOrder(rank) : naturalOrder(rank);
  const fused = context.fusedOutput(node);
  const output = context.define(fused.value, dims, permuted(dims, order), inOrder(dims, order), fused.parameters, node);
  let start = 0;
  for (const value of given) {
    const part = requantized(node, inAxes(value, order, node, context), fused.parameters, context);
    writePart(node, part, output, order, { [axis]: start }, null, context);
    start += value.dims[axis];
  }
}

export function lowerSplit(node: NodeProto, context: LoweringContext): void {
  const value = context.value(node.input[0], node);
  const axis = axisOf(intAttribute(node, "axis", 0), value.dims.length, node);
  const count = node.output.length;
  const even = Math.ceil(value.dims[axis] / count);
  const sizes =
    integersOf(node.input[1] ?? "", context) ??
    intsAttribute(node, "split") ??
    node.output.map((_, at) => Math.min(even, value.dims[axis] - at * even));
  let start = 0;
  node.output.forEach((name, at) => {
    const dims = value.dims.map((dim, position) => (position === axis ? sizes[at] : dim));
    if (name !== "") readPart(node, name, value, dims, { [axis]: { start, step: 1 } }, context);
    start += sizes[at];
  });
}

export function lowerSlice(node: NodeProto, context: LoweringContext): void {
  const value = context.value(node.input[0], node);
  const rank = value.dims.length;
  const list = (position: number, attribute: string): number[] | undefined => {
    const name = node.input[position] ?? "";
    if (name === "") return boundsAttribute(node, attribute);
    const integers = integersOf(name, context);
    if (integers === undefined) throw refuse(node, "its bounds are computed when the model runs");
    return integers;
  };
  const starts = list(1, "starts") ?? [];
  const ends = list(2, "ends") ?? [];
  const axes = list(3, "axes") ?? starts.map((_, axis) => axis);
  const steps = list(4, "steps") ?? starts.map(() => 1);
  const dims = [...value.dims];
  const from: Record<number, AxisStart> = {};
  axes.forEach((given, at) => {
    const axis = axisOf(given, rank, node);
    const size = value.dims[axis];
    const step = steps[at];
    const clamp = (index: number, low: number, high: number) =>
      Math.min(Math.max(index < 0 ? index + size : index, low), high);
    const start = step > 0 ? clamp(starts[at], 0, size) : clamp(starts[at], 0, size - 1);
    const end = step > 0 ? clamp(ends[at], 0, size) : clamp(ends[at], -1, size - 1);
    dims[axis] = Math.max(0, Math.ceil((end - start) / step));
    from[axis] = { start, step };
  });
  if (elementCount(dims) === 0) throw refuse(node, "nothing is left of its input");
  readPart(node, node.output[0], value, dims, from, context);
}

/** Constant indices that are equally far apart, one alone among them. */
export function lowerGather(node: NodeProto, context: LoweringContext): void {
  const value = context.value(node.input[0], node);
  const axis = axisOf(intAttribute(node, "axis", 0), value.dims.length, node);
  const given = integersOf(node.input[1], context);
  if (given === undefined || given.length === 0) throw refuse(node, "its indices are computed when the model runs");
  const size = value.dims[axis];
  const indices = given.map((index) => (index < 0 ? index + size : index));
  const step = indices.length > 1 ? indices[1] - indices[0] : 1;
  const isEven = indices.every((index, at) => index === indices[0] + at * step);
  if (!isEven || indices.some((index) => index < 0 || index >= size)) {
    throw refuse(node, "its indices are not equally far apart within its input");
  }
  const dims = value.dims.map((dim, at) => (at === axis ? indices.length : dim));
  readPart(node, node.output[0], value, dims, { [axis]: { start: indices[0], step } }, context);
  const rank = constantRank(node.input[1], context);
  if (rank === 1) return;
  if (rank !== 0) throw refuse(node, "its indices are no list");
  const part = context.value(node.output[0], node);
  context.alias(node.output[0], { ...part, dims: dims.filter((_, at) => at !== axis) });
}

/** Dimensions of a constant; 1 where integers are computed of shapes. */
function constantRank(name: string, context: LoweringContext): number {
  return context.constants.origin(name)?.tensor.dims.length ?? 1;
}

export function lowerPad(node: NodeProto, context: LoweringContext): void {
  const value = context.value(node.input[0], node);
  const rank = value.dims.length;
  if (textAttribute(node, "mode", "constant") !== "constant") throw refuse(node, "only constant padding is supported");
  const pads = intsAttribute(node, "pads") ?? integersOf(node.input[1] ?? "", context);
  if (pads?.length !== 2 * rank) throw refuse(node, "its pads are not constant, one pair an axis");
  if (pads.some((pad) => !(pad >= 0))) throw refuse(node, "it cuts off parts of its input");
  const constant = node.input[2] ?? "";
  const filler = constant === "" ? floatAttribute(node, "value", 0) : context.constants.float(constant)?.values.at(0);
  if (filler === undefined) throw refuse(node, "its padding value is computed when the model runs");
  const dims = value.dims.map((dim, axis) => dim + pads[axis] + pads[rank + axis]);
  const order = isChannelsLast(value) ? channelsLastOrder(rank) : naturalOrder(rank);
  const parameters = context.parametersOf(node.output[0], node);
  const part = requantized(node, inAxes(value, order, node, context), parameters, context);
  const output = context.define(node.output[0], dims, permuted(dims, order), inOrder(dims, order), parameters, node);
  const [fill] = quantizeActivations(Float32Array.of(filler), parameters);
  writePart(
    node,
    part,
    output,
    order,
    Object.fromEntries(pads.slice(0, rank).map((pad, axis) => [axis, pad])),
    fill,
    context,
  );
}

/** Nearest neighbour, by whole factors. */
export function lowerResize(node: NodeProto, context: LoweringContext): void {
  const value = context.value(node.input[0], node);
  const rank = value.dims.length;
  if (textAttribute(node, "mode", "nearest") !== "nearest") throw refuse(node, "only the mode nearest is supported");
  const transformation = textAttribute(
    node,
    "coordinate_transformation_mode",
    node.opType === "Upsample" ? "asymmetric" : "half_pixel",
  );
  const nearest = textAttribute(node, "nearest_mode", node.opType === "Upsample" ? "floor" : "round_prefer_floor");
  const repeats =
    (transformation === "asymmetric" && nearest === "floor") ||
    (transformation.startsWith("half_pixel") && nearest === "round_prefer_floor");
  const scales = context.constants.float(node.input[node.opType === "Upsample" ? 1 : 2] ?? "")?.values;
  const sizes = integersOf(node.input[3] ?? "", context);
  const factors =
    sizes?.length === rank ? sizes.map((size, axis) => size / value.dims[axis]) : Array.from(scales ?? []);
  if (!repeats || factors.length !== rank || factors.some((factor) => !Number.isSafeInteger(factor) || factor < 1)) {
    throw refuse(node, "only enlarging by constant whole factors, each code repeated, is supported");
  }
  const dims = value.dims.map((dim, axis) => dim * factors[axis]);
  const order = isChannelsLast(value) ? channelsLastOrder(rank) : naturalOrder(rank);
  const ordered = inAxes(value, order, node, context);
  const strides = storedStrides(value.dims, order);
  const loops = order.flatMap((axis) => [
    { size: value.dims[axis], stride: strides[axis] },
    { size: factors[axis], stride: 0 },
  ]);
  gather(node, node.output[0], ordered, dims, order, 0, loops, context);
}

interface AxisStart {
  readonly start: number;
  readonly step: number;
}

/** A part of a value: along the given axes from `start` on with `step`, along all others from 0 on. */
function readPart(
  node: NodeProto,
  name: string,
  value: LoweredValue,
  dims: readonly number[],
  from: Readonly<Record<number, AxisStart>>,
  context: LoweringContext,
): void {
  const order = isChannelsLast(value) ? channelsLastOrder(dims.length) : naturalOrder(dims.length);
  const ordered = inAxes(value, order, node, context);
  const strides = storedStrides(value.dims, order);
  const offset = Object.entries(from).reduce((sum, [axis, { start }]) => sum + start * strides[Number(axis)], 0);
  const loops = order.map((axis) => ({
    size: dims[axis],
    stride: strides[axis] * (axis in from ? from[axis].step : 1),
  }));
  gather(node, name, ordered, dims, order, offset, loops, context);
}

function gather(
  node: NodeProto,
  name: string,
  value: LoweredValue,
  dims: readonly number[],
  order: readonly number[],
  offset: number,
  loops: readonly RearrangementLoop[],
  context: LoweringContext,
): void {
  const parameters = context.parametersOf(name, node);
  const part = requantized(node, value, parameters, context);
  const output = context.define(name, dims, permuted(dims, order), inOrder(dims, order), parameters, node);
  context.operations.push({
    kind: "rearrangement",
    node: nameOrOutput(node),
    operator: node.opType,
    inputs: [part.tensor],
    output: output.tensor,
    agreement: EXACT,
    direction: "gather",
    offset,
    loops: mergedLoops(loops),
    fill: null,
  });
}

/** Writes a value into a larger one, from `starts` on. */
function writePart(
  node: NodeProto,
  part: LoweredValue,
  output: LoweredValue,
  order: readonly number[],
  starts: Readonly<Record<number, number>>,
  fill: number | null,
  context: LoweringContext,
): void {
  const strides = storedStrides(output.dims, order);
  context.operations.push({
    kind: "rearrangement",
    node: nameOrOutput(node),
    operator: node.opType,
    inputs: [part.tensor],
    output: output.tensor,
    agreement: EXACT,
    direction: "scatter",
    offset: Object.entries(starts).reduce((sum, [axis, start]) => sum + start * strides[Number(axis)], 0),
    loops: mergedLoops(order.map((axis) => ({ size: part.dims[axis], stride: strides[axis] }))),
    fill,
  });
}

function isChannelsLast({ layout, dims }: LoweredValue): boolean {
  return dims.length > 2 && sameLayout(layout, channelsLast(dims));
}

/** The value with its axes stored in this order. */
function inAxes(
  value: LoweredValue,
  order: readonly number[],
  node: NodeProto,
  context: LoweringContext,
): LoweredValue {
  return context.arranged(value, permuted(value.dims, order), inOrder(value.dims, order), node);
}

function naturalOrder(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

function inOrder(dims: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => dims[axis]);
}

/** For each axis of the model, how far apart its neighbours are stored. */
function storedStrides(dims: readonly number[], order: readonly number[]): number[] {
  const strides = rowMajorStrides(inOrder(dims, order));
  return dims.map((_, axis) => strides[order.indexOf(axis)]);
}

function axisOf(axis: number, rank: number, node: NodeProto): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!(at >= 0 && at < rank)) throw refuse(node, `it has no axis ${axis}`);
  return at;
}
