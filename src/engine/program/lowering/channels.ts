/** Constants that differ along an axis of a value, or along several that follow one another. */
import type { NodeProto } from "onnx-buf";
import { elementCount } from "../../onnx/tensor";
import { channelsLast, rowMajor, sameLayout } from "../layout";
import type { LoweredValue, LoweringContext } from "./context";
import { refuse } from "./refusal";
import { storedDims } from "./weighted-sums";

/** Axes of a value, from first to before end; none where all constants are the same. */
export interface ConstantAxes {
  readonly first: number;
  readonly end: number;
}

/** @throws BitwrightError operator-unsupported where the constants skip an axis, or have more elements than the value */
export function constantAxes(constants: readonly number[], dims: readonly number[], node: NodeProto): ConstantAxes {
  const missing = dims.length - constants.length;
  const axes = [...constants.keys()].filter((axis) => constants[axis] !== 1).map((axis) => axis + missing);
  if (axes.length === 0) return { first: 0, end: 0 };
  const [first] = axes;
  const end = axes[axes.length - 1] + 1;
  const fits = missing >= 0 && dims.slice(first, end).every((dim, at) => dim === constants[first - missing + at]);
  if (!fits) {
    const [given, wanted] = [constants, dims].map((each) => `[${each.join(", ")}]`);
    throw refuse(node, `constants of ${given} belong neither to one axis of ${wanted} nor to axes side by side`);
  }
  return { first, end };
}

/** The value in an order in which the axes are one of three loops, their elements row-major. */
export function alongAxes(
  value: LoweredValue,
  { first, end }: ConstantAxes,
  node: NodeProto,
  context: LoweringContext,
) {
  const { dims } = value;
  const count = elementCount(dims);
  if (first === end) return { value, outerCount: 1, innerCount: count };
  const isChannels = first === 1 && end === 2 && dims.length > 2;
  if (isChannels && sameLayout(value.layout, channelsLast(dims))) {
    const ordered = context.arranged(value, channelsLast(dims), storedDims(dims), node);
    return { value: ordered, outerCount: count / dims[1], innerCount: 1 };
  }
  const ordered = context.arranged(value, rowMajor(dims), dims, node);
  return {
    value: ordered,
    outerCount: elementCount(dims.slice(0, first)),
    innerCount: elementCount(dims.slice(end)),
  };
}
