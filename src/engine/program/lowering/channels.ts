/** Constants that differ along one axis of a value. */
import type { NodeProto } from "onnx-buf";
import { elementCount } from "../../onnx/tensor";
import { channelsLast, rowMajor, sameLayout } from "../layout";
import type { LoweredValue, LoweringContext } from "./context";
import { refuse } from "./refusal";
import { storedDims } from "./weighted-sums";

/** The axis of the value along which constants differ; −1 where all are the same. */
export function channelAxis(constants: readonly number[], dims: readonly number[], node: NodeProto): number {
  const missing = dims.length - constants.length;
  const axes = [...constants.keys()].filter((axis) => constants[axis] !== 1).map((axis) => axis + missing);
  if (axes.length === 0) return -1;
  if (missing < 0 || axes.length > 1 || dims[axes[0]] !== constants[axes[0] - missing]) {
    throw refuse(node, `constants of [${constants.join(", ")}] do not belong to one axis of [${dims.join(", ")}]`);
  }
  return axes[0];
}

/** The value in an order in which the axis is one of three loops. */
export function alongChannels(value: LoweredValue, axis: number, node: NodeProto, context: LoweringContext) {
  const { dims } = value;
  const count = elementCount(dims);
  if (axis === -1) return { value, outerCount: 1, innerCount: count };
  if (axis === 1 && dims.length > 2 && sameLayout(value.layout, channelsLast(dims))) {
    const ordered = context.arranged(value, channelsLast(dims), storedDims(dims), node);
    return { value: ordered, outerCount: count / dims[1], innerCount: 1 };
  }
  const ordered = context.arranged(value, rowMajor(dims), dims, node);
  const innerCount = elementCount(dims.slice(axis + 1));
  return { value: ordered, outerCount: count / (dims[axis] * innerCount), innerCount };
}
