/** Which values of a graph activation functions bound at 0. */
import type { NodeProto } from "onnx-buf";
import { Constants } from "../graph/constants";
import { GraphIndex } from "../graph/graph";
import { isDefaultDomain, type OnnxModel } from "../onnx/model";
import { operatorBounds } from "./bounds";
import { movesElements } from "./operators";

/** Activation functions whose results are at least 0. */
const ACTIVATION_FUNCTIONS: ReadonlySet<string> = new Set(["Relu", "Sigmoid", "HardSigmoid", "Softmax", "Exp"]);

/** Position of the value that Pad fills with; 0 where it is left out. */
const PAD_VALUE = 2;

/**
 * Names of the values that come of an activation function and are at least 0 for all inputs: what Relu, Sigmoid or a bound from 0
 * makes, and what is moved, joined or bounded of that. Sums, products and averages are none, though they may not be negative either.
 */
export function activationValues(model: OnnxModel): ReadonlySet<string> {
  const index = new GraphIndex(model.graph);
  const constants = new Constants(model, index);
  const bounds = operatorBounds(model);
  const found = new Set<string>();
  const isAtLeastZero = (name: string): boolean =>
    found.has(name) || (constants.float(name)?.values.every((value) => value >= 0) ?? false);
  for (const node of index.nodes) {
    if (!isDefaultDomain(node.domain)) continue;
    const isBounded = (bounds.get(node.output[0] ?? "")?.low ?? -Infinity) >= 0;
    if (isBounded || makesActivation(node, isAtLeastZero)) for (const output of node.output) found.add(output);
  }
  return found;
}

function makesActivation({ opType, input }: NodeProto, isAtLeastZero: (name: string) => boolean): boolean {
  if (ACTIVATION_FUNCTIONS.has(opType)) return true;
  if (opType === "Max") return input.some(isAtLeastZero);
  if (opType === "Min" || opType === "Concat") return input.every(isAtLeastZero);
  if (movesElements(opType)) return isAtLeastZero(input[0]);
  const fill = input[PAD_VALUE] ?? "";
  return opType === "Pad" && isAtLeastZero(input[0]) && (fill === "" || isAtLeastZero(fill));
}
