/** A network and what quantizes it. */
import type { NodeProto } from "onnx-buf";
import { NodeProtoSchema } from "onnx-buf";
import type { ActivationParameters } from "../../activations/parameters";
import type { ActivationPlan } from "../../activations/plan";
import { addRounding } from "../../activations/rounding-nodes";
import type { GraphEdit } from "../../graph/edit";
import { namesInSubgraphs } from "../../graph/graph";
import type { Layer } from "../../graph/layer";
import { toOnnxOrder } from "../../graph/layout";
import { copyOf, type OnnxModel } from "../../onnx/model";
import { decode } from "../../schemes/decode";
import type { QuantizedWeights } from "../../schemes/scheme";

export interface QuantizedNetwork {
  /** Folded. */
  readonly model: OnnxModel;
  readonly layers: readonly Layer[];
  readonly plan: ActivationPlan;
  /** In the order of the plan's groups. */
  readonly parameters: readonly ActivationParameters[];
  /** By layer name; layers without an entry keep their float weights. */
  readonly weights: ReadonlyMap<string, QuantizedWeights>;
}

/** Layers whose output can be compared, with their output point. */
export function comparableLayers({
  layers,
  plan,
}: QuantizedNetwork): { readonly layer: Layer; readonly point: string }[] {
  return layers.flatMap((layer) => {
    const point = plan.outputPoint.get(layer.name);
    return point === undefined ? [] : [{ layer, point }];
  });
}

/** The value that the layer multiplies with its weights. */
export function layerInput({ model }: QuantizedNetwork, { nodeIndex, weightInput }: Layer): string {
  return model.graph.node[nodeIndex].input[weightInput === 0 ? 1 : 0] ?? "";
}

/** Parameters of a value; undefined where it gets no codes. */
export function parametersOf({ plan, parameters }: QuantizedNetwork, value: string): ActivationParameters | undefined {
  const group = plan.groupOf.get(value);
  return group === undefined ? undefined : parameters[group];
}

/** Adds the value rounded to its codes; the value itself where it gets none. */
export function addRounded(edit: GraphEdit, network: QuantizedNetwork, value: string, like = value): string {
  const parameters = parametersOf(network, like);
  return parameters === undefined ? value : addRounding(edit, value, parameters);
}

/**
 * The layer's node with the weights that its codes stand for; the node itself where the layer keeps its weights.
 * A recurrent node is two layers, which are applied one after the other.
 */
export function withDecodedWeights(
  edit: GraphEdit,
  network: QuantizedNetwork,
  layer: Layer,
  node: NodeProto,
): NodeProto {
  const quantized = network.weights.get(layer.name);
  if (quantized === undefined) return node;
  const values = toOnnxOrder(decode(quantized), layer.layout);
  const copy = copyOf(NodeProtoSchema, node);
  const name = edit.addFloats(`${layer.weightName}_decoded`, { dims: layer.weight.dims, values });
  copy.input = node.input.map((input, index) => (index === layer.weightInput ? name : input));
  // The layer's weights have the node's factor multiplied in.
  if (layer.op === "Gemm") copy.attribute = node.attribute.filter((attribute) => attribute.name !== "alpha");
  return copy;
}

/**
 * Adds the layer's twin: the nodes up to its output point once more, with decoded weights and the same float inputs.
 * @returns what stands in the twin for each value of the layer
 */
export function addTwin(edit: GraphEdit, network: QuantizedNetwork, layer: Layer): Map<string, string> {
  const { model, plan } = network;
  const renamed = new Map<string, string>();
  for (const nodeIndex of plan.chain.get(layer.name) ?? []) {
    const node = model.graph.node[nodeIndex];
    edit.addCopy(nodeIndex === layer.nodeIndex ? withDecodedWeights(edit, network, layer, node) : node, renamed);
  }
  return renamed;
}

/** Whether the node, or a subgraph of it, reads one of the values. */
export function readsAny(node: NodeProto, values: ReadonlyMap<string, string>): boolean {
  return node.input.some((input) => values.has(input)) || [...namesInSubgraphs(node)].some((name) => values.has(name));
}
