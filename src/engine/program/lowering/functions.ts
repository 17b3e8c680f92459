/** Operators that are functions of one value: what they compute in float32, from which tables are made. */
import type { NodeProto } from "onnx-buf";
import { floatAttribute } from "../../graph/attributes";
import type { LoweringContext } from "./context";
import { refuse } from "./refusal";

const { fround } = Math;

/**
 * The function of a node with one activation: operators of one input, and of two where the other is a constant of one
 * element. The result is that of ONNX Runtime's float32 arithmetic where it is elementary, else exact.
 * @returns null where the node is no such function
 */
export function functionOf(node: NodeProto, context: LoweringContext): ((x: number) => number) | null {
  switch (node.opType) {
    case "Relu":
    case "Clip": {
      const { low, high } = context.bounds(node);
      return (x) => Math.min(Math.max(x, low), high);
    }
    case "LeakyRelu": {
      const alpha = fround(floatAttribute(node, "alpha", 0.01));
      return (x) => (x >= 0 ? x : fround(alpha * x));
    }
    case "PRelu": {
      const slope = scalar(node, 1, context);
      if (slope === null) throw refuse(node, "its slopes are computed when the model runs");
      return (x) => (x >= 0 ? x : fround(slope * x));
    }
    case "Sigmoid":
      return (x) => 1 / (1 + Math.exp(-x));
    case "Tanh":
      return Math.tanh;
    case "Exp":
      return Math.exp;
    case "HardSigmoid":
      return hardSigmoid(floatAttribute(node, "alpha", fround(0.2)), floatAttribute(node, "beta", 0.5));
    case "HardSwish": {
      const gate = hardSigmoid(fround(1 / 6), 0.5);
      return (x) => fround(x * gate(x));
    }
    case "Add":
    case "Sub":
    case "Mul":
    case "Div":
      return withConstant(node, context);
    default:
      return null;
  }
}

function hardSigmoid(alpha: number, beta: number): (x: number) => number {
  return (x) => Math.max(0, Math.min(1, fround(fround(alpha * x) + beta)));
}

/** Arithmetic with a constant of one element on either side. */
function withConstant(node: NodeProto, context: LoweringContext): ((x: number) => number) | null {
  const right = scalar(node, 1, context);
  const left = scalar(node, 0, context);
  const c = right ?? left;
  if (c === null) return null;
  switch (node.opType) {
    case "Add":
      return (x) => fround(x + c);
    case "Mul":
      return (x) => fround(x * c);
    case "Sub":
      return right === null ? (x) => fround(c - x) : (x) => fround(x - c);
    default:
      return right === null ? null : (x) => fround(x / c);
  }
}

function scalar(node: NodeProto, position: number, context: LoweringContext): number | null {
  const values = context.constants.float(node.input[position] ?? "")?.values;
  return values?.length === 1 ? values[0] : null;
}
