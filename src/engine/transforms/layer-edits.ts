/** Writes changed weights and biases of layers into a copy of the model. */
import { NodeProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { followingAddition } from "../graph/bias";
import { GraphIndex, namesInSubgraphs } from "../graph/graph";
import type { Layer } from "../graph/layer";
import { nameOrOutput, UniqueNames } from "../graph/names";
import { replaceNodes } from "../graph/rewrite";
import { makeFloatTensor, makeNode, type AttributeContent } from "../onnx/build";
import { copyOf, type OnnxModel } from "../onnx/model";

/** What changes of one layer. */
export interface LayerChange {
  readonly layer: Layer;
  /** In the order of the model; undefined leaves them. */
  readonly weights?: Float32Array | undefined;
  /** One value an output channel; undefined leaves it. */
  readonly bias?: Float32Array | undefined;
}

/** Names of the constants that hold what was changed; undefined where nothing was. */
export interface ChangedNames {
  readonly weights: string | undefined;
  readonly bias: string | undefined;
}

/** Collects changes of a graph, and makes the changed copy. */
export class ModelRewriter {
  private readonly index: GraphIndex;
  private readonly names: UniqueNames;
  private readonly replacements = new Map<number, NodeProto | readonly NodeProto[] | null>();
  private readonly initializers: TensorProto[] = [];
  private readonly weightNames = new Map<Float32Array, string>();

  constructor(private readonly model: OnnxModel) {
    this.index = new GraphIndex(model.graph);
    this.names = new UniqueNames(usedNames(model));
  }

  /** A new constant; its name begins with `wanted`. */
  constant(wanted: string, dims: readonly number[], values: ArrayLike<number>): string {
    const name = this.names.add(wanted);
    this.initializers.push(makeFloatTensor(name, dims, values));
    return name;
  }

  /** Dimensions of a constant that was added. */
  dimsOf(constant: string): number[] {
    return this.initializers.find(({ name }) => name === constant)?.dims.map(Number) ?? [];
  }

  /** A name for a value that does not exist yet. */
  valueName(wanted: string): string {
    return this.names.add(wanted);
  }

  /** A new node, with a name that no other has. */
  node(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, AttributeContent>> = {},
  ): NodeProto {
    const node = makeNode(opType, inputs, output, attributes);
    node.name = this.names.add(`${output}_${opType}`);
    return node;
  }

  /** Puts other nodes in the place of one. */
  replace(nodeIndex: number, nodes: readonly NodeProto[]): void {
    this.replacements.set(nodeIndex, nodes);
  }

  /**
   * Gives a layer other weights or another bias. A bias that stood in an Add of its own stays there; a layer without one gets
   * an input for it, and MatMul, which has none, an Add. Gemm's alpha and beta are multiplied in. Layers keep their names; those
   * that are given one and the same array share a constant.
   */
  change({ layer, weights, bias }: LayerChange): ChangedNames {
    const original = this.index.nodes[layer.nodeIndex];
    const node = copyOf(NodeProtoSchema, original);
    node.input = [...original.input];
    if (weights !== undefined) {
      node.input[layer.weightInput] = this.weightsName(layer, weights);
      node.attribute = node.attribute.filter(({ name }) => name !== "alpha");
    }
    const changed = bias === undefined ? { name: undefined, following: [] } : this.changeBias(node, layer, bias);
    this.replacements.set(layer.nodeIndex, [node, ...changed.following]);
    return { weights: weights && node.input[layer.weightInput], bias: changed.name };
  }

  /** @returns a model that shares all unchanged parts with the given one */
  finish(): OnnxModel {
    return this.replacements.size === 0 ? this.model : replaceNodes(this.model, this.replacements, this.initializers);
  }

  private weightsName({ weightName, weight }: Layer, weights: Float32Array): string {
    const known = this.weightNames.get(weights);
    if (known !== undefined) return known;
    const name = this.constant(`${weightName}_changed`, weight.dims, weights);
    this.weightNames.set(weights, name);
    return name;
  }

  private changeBias(node: NodeProto, layer: Layer, bias: Float32Array): { name: string; following: NodeProto[] } {
    const wanted = `${layer.weightName}_bias`;
    const following =
      layer.bias === null ? undefined : followingAddition(this.index.nodes[layer.nodeIndex], this.index);
    const isSeparate = following !== undefined && layer.fused.at(-1) === nameOrOutput(following.addition);
    if (isSeparate) {
      const addition = copyOf(NodeProtoSchema, following.addition);
      const dims = this.index.initializers.get(following.added)?.dims.map(Number) ?? broadcastDims(layer, bias.length);
      const constant = this.constant(wanted, dims, bias);
      addition.input = following.addition.input.map((input) => (input === following.added ? constant : input));
      this.replacements.set(this.index.producerIndex(addition.output[0])!, addition);
      return { name: constant, following: [] };
    }
    if (layer.op !== "MatMul") {
      const name = this.constant(wanted, [bias.length], bias);
      node.input[2] = name;
      node.attribute = node.attribute.filter((attribute) => attribute.name !== "beta");
      return { name, following: [] };
    }
    const output = node.output[0];
    // Without one of its own, the node would be known by its new output.
    node.name = layer.name;
    node.output = [this.valueName(`${output}_product`)];
    const name = this.constant(wanted, broadcastDims(layer, bias.length), bias);
    return { name, following: [this.node("Add", [node.output[0], name], output)] };
  }
}

/** Dimensions with which one value a channel broadcasts to the layer's output. */
function broadcastDims(layer: Layer, channels: number): number[] {
  if (layer.op === "Gemm" || (layer.op === "MatMul" && layer.weightInput === 1)) return [channels];
  const after = layer.op === "MatMul" ? 1 : layer.weight.dims.length - 2;
  return [channels, ...new Array<number>(after).fill(1)];
}

function usedNames({ graph }: OnnxModel): Set<string> {
  const names = new Set<string>();
  for (const tensor of graph.initializer) names.add(tensor.name);
  for (const input of graph.input) names.add(input.name);
  for (const node of graph.node) {
    names.add(node.name);
    for (const name of [...node.output, ...namesInSubgraphs(node)]) names.add(name);
  }
  return names;
}
