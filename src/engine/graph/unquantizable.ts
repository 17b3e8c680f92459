/** What has constant tensors and is not a layer, each with the reason. */
import type { GraphProto, NodeProto, TensorProto } from "onnx-buf";
import { shownName } from "../../protocol/errors";
import { isFloatType } from "../onnx/data-types";
import { isDefaultDomain, isOperator } from "../onnx/model";
import { checkedElementCount } from "../onnx/tensor-data";
import { findAttribute, subgraphs } from "./attributes";
import { BatchNormalizations } from "./batch-normalization";
import { isFloatOrigin, type ConstantOrigin, type Constants } from "./constants";
import type { GraphIndex } from "./graph";
import type { LayerOperator, Unquantizable } from "./layer";
import { nameOrOutput } from "./names";
import { originObstacle } from "./origin-obstacle";

/** Tensors that a layer holds or an entry lists; each is listed once. */
export type Claims = Set<TensorProto>;

const QUANTIZED_OPERATORS = ["QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"];
const ALREADY_QUANTIZED = "The weights are already quantized.";

/** Operators that combine two activations as often as weights, and then have no weights to speak of. */
const OFTEN_WITHOUT_WEIGHTS: readonly LayerOperator[] = ["MatMul", "Gather"];

/** Why the weights of a node are not those of a layer; null where the node has none. */
export function unquantizableWeights(
  node: NodeProto,
  op: LayerOperator,
  name: string,
  weightName: string,
  constants: Constants,
  claims: Claims,
): Unquantizable | null {
  const origin = constants.origin(weightName);
  if (origin !== undefined) {
    if (op === "Gather" && !isFloatOrigin(origin) && !origin.quantized) return null;
    const parameters = claim(originsOf(node, constants), claims);
    return { name, op, parameters, reason: originReason(origin) };
  }
  if (op !== "Gather" && constants.isDerivedFromConstants(weightName)) {
    return { name, op, parameters: 0, reason: "The weights are computed from constants when the model runs." };
  }
  if (OFTEN_WITHOUT_WEIGHTS.includes(op)) return null;
  return { name, op, parameters: 0, reason: "The weights are computed when the model runs." };
}

function originReason(origin: ConstantOrigin): string {
  return originObstacle(origin, "weights") ?? "The shape of the weights is computed when the model runs.";
}

/** Entries for all constant tensors of more than one element that no layer and no other entry holds. */
export function leftovers(graph: GraphProto, index: GraphIndex, constants: Constants, claims: Claims): Unquantizable[] {
  const entries: Unquantizable[] = [];
  const normalizations = new BatchNormalizations(graph, index, constants);
  index.nodes.forEach((node, nodeIndex) => {
    if (passesConstantOn(node, constants) || isQuantizer(node)) return;
    const origins = originsOf(node, constants).filter((origin) => isListed(node, origin));
    const parameters = claim(origins, claims);
    if (parameters > 0) {
      const reason = isOperator(node, "BatchNormalization")
        ? `The batch normalization is not folded into a layer: ${normalizations.obstacle(node, nodeIndex)}.`
        : leftoverReason(node, origins);
      entries.push({ name: nameOrOutput(node, nodeIndex), op: node.opType, parameters, reason });
    }
    for (const entry of insideSubgraphs(node, constants, claims)) entries.push(entry);
  });
  for (const { values } of graph.sparseInitializer) {
    if (values === undefined) continue;
    const parameters = checkedElementCount(values);
    entries.push({ name: values.name, op: "SparseTensor", parameters, reason: "The tensor is stored in sparse form." });
  }
  return entries;
}

/** Integer constants are shapes, axes and indices, except where they are codes or an operator is not known. */
function isListed(node: NodeProto, origin: ConstantOrigin): boolean {
  if (checkedElementCount(origin.tensor) <= 1) return false;
  const known = isDefaultDomain(node.domain) && !QUANTIZED_OPERATORS.includes(node.opType);
  return isFloatOrigin(origin) || origin.quantized || !known;
}

function leftoverReason(node: NodeProto, origins: readonly ConstantOrigin[]): string {
  if (!isDefaultDomain(node.domain)) {
    return `The operator belongs to the domain "${shownName(node.domain)}", which Bitwright does not know.`;
  }
  if (QUANTIZED_OPERATORS.includes(node.opType) || origins.every((origin) => origin.quantized))
    return ALREADY_QUANTIZED;
  return `Constants of ${shownName(node.opType)} are not weights of a layer and stay float.`;
}

/** The model's constants that the node reads, each once. */
function originsOf(node: NodeProto, constants: Constants): ConstantOrigin[] {
  const origins = new Map<TensorProto, ConstantOrigin>();
  for (const input of node.input) {
    const origin = constants.origin(input);
    if (origin !== undefined && !origins.has(origin.tensor)) origins.set(origin.tensor, origin);
  }
  return [...origins.values()];
}

/** Takes what is not yet taken, and returns its number of elements. */
export function claim(origins: readonly ConstantOrigin[], claims: Claims): number {
  let parameters = 0;
  for (const { tensor } of origins) {
    if (!claims.has(tensor)) parameters += checkedElementCount(tensor);
    claims.add(tensor);
  }
  return parameters;
}

function passesConstantOn(node: NodeProto, constants: Constants): boolean {
  return node.output.length > 0 && constants.origin(node.output[0]) !== undefined;
}

function isQuantizer(node: NodeProto): boolean {
  return isOperator(node, "DequantizeLinear") || isOperator(node, "QuantizeLinear");
}

/** Nodes with float constants in the branches of If and the bodies of Loop and Scan. */
function insideSubgraphs(node: NodeProto, constants: Constants, claims: Claims): Unquantizable[] {
  const entries: Unquantizable[] = [];
  const reason = `It is inside a subgraph of ${shownName(node.opType)}, where Bitwright does not reach.`;
  const pending = subgraphs(node);
  for (let graph = pending.pop(); graph !== undefined; graph = pending.pop()) {
    const local = localTensors(graph);
    graph.node.forEach((inner, position) => {
      const tensors = inner.input
        .map((input) => local.get(input) ?? constants.origin(input)?.tensor)
        .filter((tensor) => tensor !== undefined)
        .filter((tensor) => isFloatType(tensor.dataType) && !claims.has(tensor) && checkedElementCount(tensor) > 1);
      const parameters = [...new Set(tensors)].reduce((sum, tensor) => sum + checkedElementCount(tensor), 0);
      for (const tensor of tensors) claims.add(tensor);
      if (parameters > 0) entries.push({ name: nameOrOutput(inner, position), op: inner.opType, parameters, reason });
      for (const nested of subgraphs(inner)) pending.push(nested);
    });
  }
  return entries;
}

function localTensors(graph: GraphProto): Map<string, TensorProto> {
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const node of graph.node) {
    const tensor = isOperator(node, "Constant") ? findAttribute(node, "value")?.t : undefined;
    if (tensor !== undefined && node.output.length > 0) tensors.set(node.output[0], tensor);
  }
  return tensors;
}
