/** Operators on elements: sums of two values, and functions of one. */
import type { NodeProto } from "onnx-buf";
import type { ActivationParameters } from "../../activations/parameters";
import { nameOrOutput } from "../../graph/names";
import { elementCount } from "../../onnx/tensor";
import { fitAddition } from "../arithmetic/fit-addition";
import { fitMultiplication } from "../arithmetic/fit-multiplication";
import { channelsLast } from "../layout";
import { rescaled } from "./channel-linear";
import type { LoweredValue, LoweringContext } from "./context";
import { storedDims } from "./weighted-sums";
import { refuse } from "./refusal";
import { tableOf } from "./tables";

export function lowerSum(node: NodeProto, context: LoweringContext): void {
  const sign = node.opType === "Sub" ? -1 : 1;
  const { a, b, fused, output, base } = pair(node, context, sign === 1);
  const fitted = fitAddition(context.tensorOf(a), context.tensorOf(b), context.tensorOf(output), fused, sign);
  if (fitted === null) throw refuse(node, "the ratio of its scales is extreme");
  context.operations.push({ kind: "addition", ...base, ...fitted });
}

export function lowerProduct(node: NodeProto, context: LoweringContext): void {
  const { a, b, fused, output, base } = pair(node, context, true);
  const fitted = fitMultiplication(context.tensorOf(a), context.tensorOf(b), context.tensorOf(output), fused);
  if (fitted === null) throw refuse(node, "the ratio of its scales is extreme");
  context.operations.push({ kind: "multiplication", ...base, ...fitted });
}

/** Both inputs in the same order, the second possibly one pixel that is repeated, and where the result goes. */
function pair(node: NodeProto, context: LoweringContext, commutes: boolean) {
  const [first, second] = node.input.slice(0, 2).map((name) => context.value(name, node));
  const swap = commutes && elementCount(first.dims) < elementCount(second.dims);
  const [a, other] = swap ? [second, first] : [first, second];
  const same = a.dims.join() === other.dims.join();
  if (!same && !isPixel(other.dims, a.dims)) {
    throw refuse(node, `its inputs are [${first.dims.join(", ")}] and [${second.dims.join(", ")}]`);
  }
  const layout = same ? a.layout : channelsLast(a.dims);
  const large = context.arranged(a, layout, same ? context.tensorOf(a).storedDims : storedDims(a.dims), node);
  const b = same ? context.arranged(other, layout, context.tensorOf(large).storedDims, node) : other;
  const fused = context.fusedOutput(node);
  const stored = context.tensorOf(large).storedDims;
  const output = context.define(fused.value, a.dims, layout, stored, fused.parameters, node);
  const innerCount = elementCount(b.dims);
  const base = {
    node: nameOrOutput(node),
    operator: fused.operator,
    inputs: [large.tensor, b.tensor],
    output: output.tensor,
    outerCount: elementCount(a.dims) / innerCount,
    innerCount,
  };
  return { a: large, b, fused, output, base };
}

/** Whether the dimensions are one value a channel of the others'. */
function isPixel(dims: readonly number[], others: readonly number[]): boolean {
  return dims.length === others.length && dims.length > 2 && dims[1] === others[1] && elementCount(dims) === dims[1];
}

/** The value with these parameters: itself where it has them, else through a table. */
export function requantized(
  node: NodeProto,
  value: LoweredValue,
  parameters: ActivationParameters,
  context: LoweringContext,
): LoweredValue {
  const input = context.tensorOf(value);
  if (input.scale === Math.fround(parameters.scale) && input.zeroPoint === parameters.zeroPoint) return value;
  if (input.type === "int16") return rescaled(node, value, parameters, context);
  const output = context.temporary(value, parameters, node);
  const { codeMin, codeMax } = parameters;
  context.operations.push({
    ...tableOf(input, (x) => x, { ...parameters, activationMin: codeMin, activationMax: codeMax }),
    node: nameOrOutput(node),
    operator: node.opType,
    inputs: [value.tensor],
    output: output.tensor,
  });
  return output;
}

/**
 * A function of one value, as a table over its codes.
 * @param compute of a float32 value; the result is rounded to float32
 */
export function lowerFunction(node: NodeProto, context: LoweringContext, compute: (x: number) => number): void {
  const value = context.value(node.input.find((name) => context.has(name)) ?? "", node);
  const input = context.tensorOf(value);
  const fused = context.fusedOutput(node);
  const output = context.define(fused.value, value.dims, value.layout, input.storedDims, fused.parameters, node);
  const { activationMin, activationMax } = fused;
  context.operations.push({
    ...tableOf(input, compute, { ...fused.parameters, activationMin, activationMax }),
    node: nameOrOutput(node),
    operator: fused.operator,
    inputs: [value.tensor],
    output: output.tensor,
  });
}
