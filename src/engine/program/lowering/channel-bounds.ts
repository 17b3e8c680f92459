/** Max and Min with a constant: bounds of channels. */
import type { NodeProto } from "onnx-buf";
import { quantizeActivations } from "../../activations/parameters";
import { nameOrOutput } from "../../graph/names";
import { elementCount } from "../../onnx/tensor";
import { channelsLast, rowMajor, sameLayout } from "../layout";
import { EXACT } from "../program";
import type { LoweredValue, LoweringContext } from "./context";
import { requantized } from "./elementwise";
import { refuse } from "./refusal";
import { storedDims } from "./weighted-sums";

/** @throws BitwrightError operator-unsupported where the bounds depend on the data, or on more than one axis */
export function lowerChannelBounds(node: NodeProto, context: LoweringContext): void {
  const [name, limit] = context.has(node.input[0]) ? node.input : node.input.toReversed();
  const bounds = node.input.length === 2 ? context.constants.float(limit) : undefined;
  if (bounds === undefined) throw refuse(node, "its bounds are computed when the model runs");
  const parameters = context.parametersOf(node.output[0], node);
  const given = requantized(node, context.value(name, node), parameters, context);
  const axis = channelAxis(bounds.dims, given.dims, node);
  const { value, outerCount, innerCount } = arranged(given, axis, node, context);
  const { type, storedDims: stored } = context.tensorOf(value);
  if (type === "int32") throw refuse(node, "it bounds positions, not values");
  const codes = quantizeActivations(bounds.values, parameters);
  const { codeMin, codeMax } = context.tensorOf(value);
  const isMaximum = node.opType === "Max";
  if (codes.every((code) => (isMaximum ? code <= codeMin : code >= codeMax))) {
    context.alias(node.output[0], value);
    return;
  }
  const open = (code: number) => Int16Array.from(codes, () => code);
  const output = context.define(node.output[0], value.dims, value.layout, stored, parameters, node);
  context.operations.push({
    kind: "channel-bounds",
    node: nameOrOutput(node),
    operator: node.opType,
    inputs: [value.tensor],
    output: output.tensor,
    agreement: EXACT,
    minima: isMaximum ? Int16Array.from(codes) : open(codeMin),
    maxima: isMaximum ? open(codeMax) : Int16Array.from(codes),
    outerCount,
    innerCount,
  });
}

/** The axis of the value along which the bounds differ; −1 where all are the same. */
function channelAxis(bounds: readonly number[], dims: readonly number[], node: NodeProto): number {
  const missing = dims.length - bounds.length;
  const axes = [...bounds.keys()].filter((axis) => bounds[axis] !== 1).map((axis) => axis + missing);
  if (axes.length === 0) return -1;
  if (missing < 0 || axes.length > 1 || dims[axes[0]] !== bounds[axes[0] - missing]) {
    throw refuse(node, `bounds of [${bounds.join(", ")}] do not belong to one axis of [${dims.join(", ")}]`);
  }
  return axes[0];
}

/** The value in an order in which the axis is one of three loops. */
function arranged(value: LoweredValue, axis: number, node: NodeProto, context: LoweringContext) {
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
