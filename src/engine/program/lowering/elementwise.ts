/** Operators on elements: sums of two values, and functions of one. */
import type { NodeProto } from "onnx-buf";
import { quantizeActivations, type ActivationParameters } from "../../activations/parameters";
import { nameOrOutput } from "../../graph/names";
import { elementCount } from "../../onnx/tensor";
import { fitAddition } from "../arithmetic/fit-addition";
import { sameLayout } from "../layout";
import type { Agreement, ProgramTensor } from "../program";
import type { LoweringContext } from "./context";
import { refuse } from "./refusal";

export function lowerSum(node: NodeProto, context: LoweringContext): void {
  const a = context.value(node.input[0], node);
  const other = context.value(node.input[1], node);
  if (a.dims.join() !== other.dims.join()) {
    throw refuse(node, `its inputs are [${a.dims.join(", ")}] and [${other.dims.join(", ")}]`);
  }
  const b = sameLayout(a.layout, other.layout)
    ? other
    : context.arranged(other, a.layout, context.tensorOf(a).storedDims, node);
  const fused = context.fusedOutput(node);
  const { storedDims } = context.tensorOf(a);
  const output = context.define(fused.value, a.dims, a.layout, storedDims, fused.parameters, node);
  const fitted = fitAddition(
    context.tensorOf(a),
    context.tensorOf(b),
    context.tensorOf(output),
    fused,
    node.opType === "Sub" ? -1 : 1,
  );
  if (fitted === null) throw refuse(node, "the ratio of its scales is extreme");
  const { agreement, multiplierA, multiplierB, offset, shift, rounding, activationMin, activationMax } = fitted;
  context.operations.push({
    kind: "addition",
    node: nameOrOutput(node),
    operator: fused.operator,
    inputs: [a.tensor, b.tensor],
    output: output.tensor,
    agreement,
    multiplierA,
    multiplierB,
    offset,
    shift,
    rounding,
    activationMin,
    activationMax,
    outerCount: 1,
    innerCount: elementCount(a.dims),
  });
}

/**
 * A function of one value, as a table over its codes.
 * @param compute of a float32 value; the result is rounded to float32
 * @param agreement of the table with ONNX Runtime's kernel
 */
export function lowerFunction(
  node: NodeProto,
  context: LoweringContext,
  compute: (x: number) => number,
  agreement: Agreement,
): void {
  const value = context.value(node.input[0], node);
  const input = context.tensorOf(value);
  const fused = context.fusedOutput(node);
  const output = context.define(fused.value, value.dims, value.layout, input.storedDims, fused.parameters, node);
  if (input.type !== "int8" || context.tensorOf(output).type !== "int8")
    throw refuse(node, "tables need 8-bit activations");
  const codes = tableCodes(input, compute, fused.parameters);
  const table = Int8Array.from(codes, (code) => Math.min(Math.max(code, fused.activationMin), fused.activationMax));
  context.operations.push({
    kind: "lookup",
    node: nameOrOutput(node),
    operator: fused.operator,
    inputs: [value.tensor],
    output: output.tensor,
    agreement,
    table,
  });
}

function tableCodes(
  { scale, zeroPoint }: ProgramTensor,
  compute: (x: number) => number,
  output: ActivationParameters,
): Int32Array {
  const values = Float32Array.from({ length: 256 }, (_, entry) =>
    compute(Math.fround(scale * (entry - 128 - zeroPoint))),
  );
  return quantizeActivations(values, output);
}
