/** Add, Sub, Mul, Div and PRelu with a constant of each channel, or of each element. */
import type { NodeProto } from "onnx-buf";
import type { ActivationParameters } from "../../activations/parameters";
import { nameOrOutput } from "../../graph/names";
import { elementCount } from "../../onnx/tensor";
import { fitChannelLinear, type RealLine } from "../arithmetic/fit-channel-linear";
import type { LoweredValue, LoweringContext } from "./context";
import { alongAxes, constantAxes } from "./channels";
import { refuse } from "./refusal";

const { fround } = Math;

/** @returns whether the node was one of these */
export function lowerChannelLinear(node: NodeProto, context: LoweringContext): boolean {
  if (!["Add", "Sub", "Mul", "Div", "PRelu"].includes(node.opType) || node.input.length !== 2) return false;
  const position = context.has(node.input[0]) ? 0 : 1;
  const constant = context.constants.float(node.input[1 - position]);
  if (constant === undefined || constant.values.length < 2) return false;
  if (position === 1 && (node.opType === "Div" || node.opType === "PRelu")) return false;
  const given = context.value(node.input[position], node);
  const axes = constantAxes(constant.dims, given.dims, node);
  const { value, outerCount, innerCount } = alongAxes(given, axes, node, context);
  const input = context.tensorOf(value);
  const fused = context.fusedOutput(node);
  const output = context.define(fused.value, value.dims, value.layout, input.storedDims, fused.parameters, node);
  const lines = Array.from(constant.values, (factor) => lineOf(node.opType, factor, position === 1));
  const fitted = fitChannelLinear(lines, input, context.tensorOf(output), fused);
  if (fitted === null) throw refuse(node, "the ratio of its scales is extreme");
  context.operations.push({
    kind: "channel-linear",
    node: nameOrOutput(node),
    operator: fused.operator,
    inputs: [value.tensor],
    output: output.tensor,
    ...fitted,
    outerCount,
    innerCount,
  });
  return true;
}

/** The value with these parameters, element by element: for codes of 16 bits, whose tables would be long. */
export function rescaled(
  node: NodeProto,
  value: LoweredValue,
  parameters: ActivationParameters,
  context: LoweringContext,
): LoweredValue {
  const output = context.temporary(value, parameters, node);
  const { codeMin, codeMax } = context.tensorOf(output);
  const bounds = { activationMin: codeMin, activationMax: codeMax };
  const line = { positive: 1, negative: 1, added: 0, compute: (x: number) => x };
  const fitted = fitChannelLinear([line], context.tensorOf(value), context.tensorOf(output), bounds);
  if (fitted === null) throw refuse(node, "the ratio of its scales is extreme");
  context.operations.push({
    kind: "channel-linear",
    node: nameOrOutput(node),
    operator: node.opType,
    inputs: [value.tensor],
    output: output.tensor,
    ...fitted,
    outerCount: 1,
    innerCount: elementCount(value.dims),
  });
  return output;
}

/** @param isLeft whether the constant is the left side */
function lineOf(opType: string, constant: number, isLeft: boolean): RealLine {
  const straight = (slope: number, added: number, compute: (x: number) => number) => ({
    positive: slope,
    negative: slope,
    added,
    compute,
  });
  switch (opType) {
    case "Add":
      return straight(1, constant, (x) => fround(x + constant));
    case "Sub":
      return isLeft
        ? straight(-1, constant, (x) => fround(constant - x))
        : straight(1, -constant, (x) => fround(x - constant));
    case "Mul":
      return straight(constant, 0, (x) => fround(x * constant));
    case "Div":
      return straight(1 / constant, 0, (x) => fround(x / constant));
    default:
      return { positive: 1, negative: constant, added: 0, compute: (x) => (x < 0 ? fround(x * constant) : x) };
  }
}
