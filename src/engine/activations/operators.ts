/** The operators that have an integer form, and what they do to codes. */
import type { NodeProto } from "onnx-buf";
import { findAttribute } from "../graph/attributes";
import { isDefaultDomain } from "../onnx/model";

/**
 * - `computes`: makes new values, which get parameters of their own
 * - `passes`: hands codes on or averages them, so that input and output share parameters
 */
export type IntegerForm = "computes" | "passes";

/** An operator of a graph with the inputs that hold activations; shapes, axes, bounds and scales are none. */
export interface QuantizableNode {
  readonly form: IntegerForm;
  readonly inputs: readonly string[];
}

/** How many leading inputs can be activations. */
const COMPUTING: ReadonlyMap<string, number> = new Map([
  ["Conv", 2],
  ["ConvTranspose", 2],
  ["Gemm", 2],
  ["MatMul", 2],
  ["Add", 2],
  ["Sub", 2],
  ["Mul", 2],
  ["Relu", 1],
  ["Clip", 1],
  ["LeakyRelu", 1],
  ["PRelu", 1],
  ["Sigmoid", 1],
  ["Tanh", 1],
  ["HardSigmoid", 1],
  ["HardSwish", 1],
  ["Exp", 1],
  ["Softmax", 1],
  ["ReduceMean", 1],
]);

/** Positions of the states that recurrent operators begin with, which can be activations too. */
const INITIAL_HIDDEN = 5;
const INITIAL_CELL = 6;

/** Operators whose results are elements of their first input. */
const MOVING: ReadonlySet<string> = new Set([
  "MaxPool",
  "GlobalMaxPool",
  "Reshape",
  "Transpose",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
  "Identity",
  "Dropout",
  "Slice",
  "Split",
  "Expand",
  "Tile",
  "DepthToSpace",
  "SpaceToDepth",
]);

/** Of the passing operators, those that can have parameters of their own: integers average into other steps. */
const POOLED_AVERAGES: ReadonlySet<string> = new Set(["AveragePool", "GlobalAveragePool"]);

/** Operators whose first input and all float outputs hold the same codes, or averages of them. */
const PASSING: ReadonlySet<string> = new Set([...MOVING, ...POOLED_AVERAGES, "Pad"]);

/** Operators that Relu and Clip fuse to: what they make is rounded once, after the bounds. */
const FUSES_BOUNDS: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul"]);

/** Of the passing operators, those that can make values beyond the range of their input widened to hold zero. */
const WIDENS_RANGE: ReadonlySet<string> = new Set(["Pad"]);

/** Of the passing operators, those whose output need not be a code of the input: averages are rounded again. */
const AVERAGES: ReadonlySet<string> = new Set([...POOLED_AVERAGES, "Resize", "Upsample"]);

/**
 * The node's integer form; undefined where it has none.
 * @param isConstant whether a value is the same in every run
 * @param shares whether Concat and averages over windows share parameters with their inputs
 */
export function quantizableNode(
  node: NodeProto,
  isConstant: (value: string) => boolean,
  shares: { readonly concat: boolean; readonly averages: boolean },
): QuantizableNode | undefined {
  if (!isDefaultDomain(node.domain)) return undefined;
  const activations = (count: number) =>
    node.input.slice(0, count).filter((input) => input !== "" && !isConstant(input));
  const computing = COMPUTING.get(node.opType);
  if (computing !== undefined) return { form: "computes", inputs: activations(computing) };
  if (POOLED_AVERAGES.has(node.opType) && !shares.averages) return { form: "computes", inputs: activations(1) };
  if (PASSING.has(node.opType)) return { form: "passes", inputs: activations(1) };
  switch (node.opType) {
    case "Concat":
      return { form: shares.concat ? "passes" : "computes", inputs: activations(node.input.length) };
    case "Div":
      return isConstant(node.input[1] ?? "") ? { form: "computes", inputs: activations(1) } : undefined;
    case "Gather":
      return { form: isConstant(node.input[0] ?? "") ? "computes" : "passes", inputs: activations(1) };
    case "LSTM":
    case "GRU": {
      const values = [0, INITIAL_HIDDEN, INITIAL_CELL].map((position) => node.input[position] ?? "");
      return { form: "computes", inputs: values.filter((input) => input !== "" && !isConstant(input)) };
    }
    case "Resize":
    case "Upsample":
      return isCubic(node) ? undefined : { form: "passes", inputs: activations(1) };
    default:
      return undefined;
  }
}

/** Whether all results of an operator are elements of its first input. */
export function movesElements(opType: string): boolean {
  return MOVING.has(opType) || opType === "Gather";
}

/** Whether the range of a passing operator's output can exceed that of its input widened to hold zero. */
export function widensRange(node: NodeProto): boolean {
  return WIDENS_RANGE.has(node.opType);
}

/** Whether every output of the node is one of its input's codes as it is. */
export function movesCodes(node: NodeProto, { form }: QuantizableNode): boolean {
  return form === "passes" && !AVERAGES.has(node.opType);
}

/** Whether the node is a Relu or Clip, whose bounds can be part of the operator before it. */
export function isBound(node: NodeProto, isConstant: (value: string) => boolean): boolean {
  if (!isDefaultDomain(node.domain)) return false;
  if (node.opType === "Relu") return true;
  return node.opType === "Clip" && node.input.slice(1).every((bound) => bound === "" || isConstant(bound));
}

export function fusesBounds(node: NodeProto): boolean {
  return isDefaultDomain(node.domain) && FUSES_BOUNDS.has(node.opType);
}

function isCubic(node: NodeProto): boolean {
  const mode = findAttribute(node, "mode")?.s;
  return mode !== undefined && new TextDecoder().decode(mode) === "cubic";
}
