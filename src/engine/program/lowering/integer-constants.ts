/** Integers that a graph computes from constants and shapes alone: pads, bounds and shapes as exporters write them. */
import type { NodeProto } from "onnx-buf";
import { findAttribute, intAttribute, intsAttribute } from "../../graph/attributes";
import { DataType } from "../../onnx/data-types";
import { elementCount, rowMajorStrides } from "../../onnx/tensor";
import { permuted, storedToRowMajor } from "../layout";
import type { LoweringContext } from "./context";

interface Integers {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** Nodes between a constant and what is computed of it; exporters write about a dozen. */
const MAX_DEPTH = 40;

/** Elements of such a tensor: as many as a model has dimensions, and a few more. */
const MAX_ELEMENTS = 256;

const INT32_MAX = 2 ** 31 - 1;

/**
 * The integers, row-major; undefined where they depend on the data. Integers beyond int32 are cut to it: exporters write "to
 * the end" as the largest of int64.
 */
export function integersOf(name: string, context: LoweringContext): number[] | undefined {
  const found = name === "" ? undefined : evaluate(name, context, MAX_DEPTH);
  return found && [...found.values];
}

/** Bounds as they stand in an attribute, cut in the same way; undefined where the node does not have it. */
export function boundsAttribute(node: NodeProto, name: string): number[] | undefined {
  return findAttribute(node, name)?.ints.map(cutToInt32);
}

function cutToInt32(value: bigint | number): number {
  return Math.min(Math.max(Number(value), -INT32_MAX), INT32_MAX);
}

function evaluate(name: string, context: LoweringContext, depth: number): Integers | undefined {
  const constant = constantIntegers(name, context);
  const node = context.index.producer(name);
  if (constant !== undefined || node === undefined || depth === 0) return constant;
  if (node.opType === "Shape") {
    const dims = context.valueOrUndefined(node.input[0])?.dims ?? evaluate(node.input[0], context, depth - 1)?.dims;
    const values = dims?.slice(intAttribute(node, "start", 0), intAttribute(node, "end", dims.length));
    return values && { dims: [values.length], values };
  }
  const inputs: Integers[] = [];
  for (const input of node.input) {
    const value = evaluate(input, context, depth - 1);
    if (value === undefined) return undefined;
    inputs.push(value);
  }
  const result = inputs.length === 0 ? undefined : apply(node, inputs);
  return result === undefined || result.values.length > MAX_ELEMENTS ? undefined : result;
}

function constantIntegers(name: string, { constants }: LoweringContext): Integers | undefined {
  const origin = constants.origin(name);
  if (origin?.steps.length !== 0) return undefined;
  const { rawData, int64Data, int32Data, dims, dataType } = origin.tensor;
  const shape = dims.map(Number);
  if (elementCount(shape) > MAX_ELEMENTS) return undefined;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const raw = (bytes: number, read: (at: number) => bigint | number) =>
    Array.from({ length: Math.floor(rawData.length / bytes) }, (_, i) => cutToInt32(read(bytes * i)));
  switch (dataType) {
    case DataType.INT64:
      return {
        dims: shape,
        values: rawData.length === 0 ? int64Data.map(cutToInt32) : raw(8, (at) => view.getBigInt64(at, true)),
      };
    case DataType.INT32:
      return { dims: shape, values: rawData.length === 0 ? int32Data : raw(4, (at) => view.getInt32(at, true)) };
    default:
      return undefined;
  }
}

function apply(node: NodeProto, inputs: readonly Integers[]): Integers | undefined {
  const [first, second] = inputs;
  switch (node.opType) {
    case "Cast":
    case "Identity":
      return first;
    case "Squeeze":
      return { dims: first.values.length === 1 ? [] : [first.values.length], values: first.values };
    case "Unsqueeze":
      return { dims: [first.values.length], values: first.values };
    case "Concat":
      return {
        dims: [inputs.reduce((sum, { values }) => sum + values.length, 0)],
        values: inputs.flatMap(({ values }) => values),
      };
    case "ConstantOfShape": {
      const count = elementCount(first.values);
      return count > MAX_ELEMENTS ? undefined : { dims: first.values, values: Array<number>(count).fill(0) };
    }
    case "Reshape":
      return reshaped(first, second.values);
    case "Transpose": {
      const order = intsAttribute(node, "perm") ?? first.dims.map((_, axis) => first.dims.length - 1 - axis);
      const positions = storedToRowMajor(permuted(first.dims, order));
      return { dims: order.map((axis) => first.dims[axis]), values: Array.from(positions, (at) => first.values[at]) };
    }
    case "Slice":
      return sliced(inputs.length === 1 ? [first, ...sliceAttributes(node)] : inputs);
    case "Gather":
      return intAttribute(node, "axis", 0) === 0 && first.dims.length === 1 ? gathered(first, second) : undefined;
    case "Add":
      return pairwise(first, second, (a, b) => a + b);
    case "Sub":
      return pairwise(first, second, (a, b) => a - b);
    case "Mul":
      return pairwise(first, second, (a, b) => a * b);
    default:
      return undefined;
  }
}

function reshaped({ values }: Integers, shape: readonly number[]): Integers | undefined {
  const known = elementCount(shape.filter((dim) => dim !== -1));
  const dims = shape.map((dim) => (dim === -1 ? values.length / known : dim));
  return elementCount(dims) === values.length ? { dims, values } : undefined;
}

function gathered({ values }: Integers, indices: Integers): Integers | undefined {
  const places = indices.values.map((index) => (index < 0 ? index + values.length : index));
  return places.every((place) => place >= 0 && place < values.length)
    ? { dims: indices.dims, values: places.map((place) => values[place]) }
    : undefined;
}

/** Starts, ends and axes as they stood before opset 10. */
function sliceAttributes(node: NodeProto): (Integers | undefined)[] {
  return ["starts", "ends", "axes"].map((name) => {
    const values = boundsAttribute(node, name);
    return values && { dims: [values.length], values };
  });
}

/** Slice along one axis, by any step. */
function sliced([data, starts, ends, axes, steps]: readonly (Integers | undefined)[]): Integers | undefined {
  if (data === undefined || starts?.values.length !== 1 || ends === undefined) return undefined;
  const given = axes?.values[0] ?? 0;
  const axis = given < 0 ? given + data.dims.length : given;
  const step = steps?.values[0] ?? 1;
  const size = data.dims[axis];
  if (!(size > 0) || step === 0) return undefined;
  const within = (index: number, low: number, high: number) =>
    Math.min(Math.max(index < 0 ? index + size : index, low), high);
  const indices: number[] = [];
  if (step > 0) {
    const end = within(ends.values[0], 0, size);
    for (let i = within(starts.values[0], 0, size); i < end; i += step) indices.push(i);
  } else {
    const end = within(ends.values[0], -1, size - 1);
    for (let i = within(starts.values[0], 0, size - 1); i > end; i += step) indices.push(i);
  }
  const stride = rowMajorStrides(data.dims)[axis];
  const dims = data.dims.map((dim, at) => (at === axis ? indices.length : dim));
  const outer = elementCount(data.dims.slice(0, axis));
  const values = Array.from({ length: outer }, (_, block) => block * size * stride).flatMap((base) =>
    indices.flatMap((index) => Array.from({ length: stride }, (_, i) => data.values[base + index * stride + i])),
  );
  return { dims, values };
}

function pairwise(
  a: Integers,
  b: Integers | undefined,
  compute: (x: number, y: number) => number,
): Integers | undefined {
  if (b === undefined || (a.values.length !== b.values.length && a.values.length !== 1 && b.values.length !== 1))
    return undefined;
  const longer = a.values.length >= b.values.length ? a : b;
  const at = (values: readonly number[], i: number) => values[values.length === 1 ? 0 : i];
  return { dims: longer.dims, values: longer.values.map((_, i) => compute(at(a.values, i), at(b.values, i))) };
}
