/** Which values of a graph cannot be negative, by the operators that make them. */
import type { NodeProto } from "onnx-buf";
import { Constants } from "../graph/constants";
import { GraphIndex } from "../graph/graph";
import { isDefaultDomain, type OnnxModel } from "../onnx/model";
import { operatorBounds } from "./bounds";

/** Activation functions whose results are at least 0. */
const ACTIVATION_FUNCTIONS: ReadonlySet<string> = new Set(["Relu", "Sigmoid", "HardSigmoid", "Softmax", "Exp"]);

/** Operators whose results are at least 0 where all their operands are. */
const OF_OPERANDS: ReadonlySet<string> = new Set(["Add", "Mul", "Div", "Min", "Concat"]);

/** Operators whose results are elements of their first input, or averages and sums of such. */
const OF_ELEMENTS: ReadonlySet<string> = new Set([
  "MaxPool",
  "AveragePool",
  "GlobalMaxPool",
  "GlobalAveragePool",
  "ReduceMean",
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
  "Gather",
  "DepthToSpace",
  "SpaceToDepth",
]);

/** Position of the value that Pad fills with; 0 where it is left out. */
const PAD_VALUE = 2;

/**
 * Names of values that are at least 0 for all inputs: what Relu and other activation functions make, Clips from 0, and what is
 * moved, averaged, added, multiplied or joined of such values and of constants that are not negative.
 */
export function nonNegativeValues(model: OnnxModel): ReadonlySet<string> {
  const index = new GraphIndex(model.graph);
  const constants = new Constants(model, index);
  const bounds = operatorBounds(model);
  const found = new Set<string>();
  const isNonNegative = (name: string): boolean =>
    found.has(name) || (constants.float(name)?.values.every((value) => value >= 0) ?? false);
  for (const node of index.nodes) {
    if (!isDefaultDomain(node.domain)) continue;
    const isBounded = (bounds.get(node.output[0] ?? "")?.low ?? -Infinity) >= 0;
    if (isBounded || makesNonNegative(node, isNonNegative)) for (const output of node.output) found.add(output);
  }
  return found;
}

function makesNonNegative({ opType, input }: NodeProto, isNonNegative: (name: string) => boolean): boolean {
  if (ACTIVATION_FUNCTIONS.has(opType)) return true;
  if (opType === "Max") return input.some(isNonNegative);
  if (OF_OPERANDS.has(opType)) return input.every(isNonNegative);
  const [data, ...others] = input;
  if (OF_ELEMENTS.has(opType)) return isNonNegative(data);
  const fill = others[PAD_VALUE - 1] ?? "";
  return opType === "Pad" && isNonNegative(data) && (fill === "" || isNonNegative(fill));
}
