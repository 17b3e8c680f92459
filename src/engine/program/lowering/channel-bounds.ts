/** Max and Min with a constant: bounds of channels. */
import type { NodeProto } from "onnx-buf";
import { quantizeActivations } from "../../activations/parameters";
import { nameOrOutput } from "../../graph/names";
import { EXACT } from "../program";
import { alongAxes, constantAxes } from "./channels";
import type { LoweringContext } from "./context";
import { requantized } from "./elementwise";
import { refuse } from "./refusal";

/** @throws BitwrightError operator-unsupported where the bounds depend on the data, or on axes that are apart */
export function lowerChannelBounds(node: NodeProto, context: LoweringContext): void {
  const [name, limit] = context.has(node.input[0]) ? node.input : node.input.toReversed();
  const bounds = node.input.length === 2 ? context.constants.float(limit) : undefined;
  if (bounds === undefined) throw refuse(node, "its bounds are computed when the model runs");
  const parameters = context.parametersOf(node.output[0], node);
  const given = requantized(node, context.value(name, node), parameters, context);
  const axes = constantAxes(bounds.dims, given.dims, node);
  const { value, outerCount, innerCount } = alongAxes(given, axes, node, context);
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
