/**
 * Folds batch normalizations in inference form into the layer before them:
 * `γ·(W∗x + b − μ)/√(σ² + ε) + β = (s·W)∗x + s·(b − μ) + β` with `s = γ/√(σ² + ε)` for each output channel.
 */
import { NodeProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import { makeNode, makeRealTensor } from "../onnx/build";
import { copyOf, isOperator, type OnnxModel } from "../onnx/model";
import { BatchNormalizations, composed, type ChannelMap, type FoldTarget } from "./batch-normalization";
import { Constants } from "./constants";
import { GraphIndex, namesInSubgraphs } from "./graph";
import { nameOrOutput, UniqueNames } from "./names";
import { replaceNodes } from "./rewrite";

/** One batch normalization that is now part of another node. */
export interface FoldedBatchNormalization {
  readonly batchNormalization: string;
  /** The node that it went into. */
  readonly node: string;
  /** First output of that node, in the folded model. */
  readonly output: string;
  /**
   * Nodes that went into it with this one: the batch normalization itself and, where there was one, the bias addition before
   * it. One that has become the bias addition after a MatMul is not listed: it is found there.
   */
  readonly fused: readonly string[];
}

export interface FoldedModel {
  readonly model: OnnxModel;
  readonly folds: readonly FoldedBatchNormalization[];
}

/**
 * Folds every BatchNormalization whose input comes from a Conv, ConvTranspose or Gemm with constant float weights, or from a
 * MatMul whose output is known to be a matrix, directly, through an Add of a per-channel constant or through another
 * normalization, and is read by nothing else. Computes in double precision and writes the element type of the weights. All
 * others stay where they are.
 *
 * @returns a model that shares all unchanged parts with the given one, which is not touched
 * @throws BitwrightError as findLayers
 */
export function foldBatchNormalization(model: OnnxModel): FoldedModel {
  try {
    return new Folder(model).fold();
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ model: model.source.name });
  }
}

/** A layer, and the normalizations after it as one map. */
interface Folding {
  readonly target: FoldTarget;
  readonly map: ChannelMap;
  /** Indices of the normalizations, in their order; grows while more are found. */
  readonly normalizations: number[];
}

class Folder {
  private readonly index: GraphIndex;
  private readonly normalizations: BatchNormalizations;
  private readonly names: UniqueNames;
  private readonly replacements = new Map<number, NodeProto | readonly NodeProto[] | null>();
  private readonly initializers: TensorProto[] = [];
  private readonly folds: FoldedBatchNormalization[] = [];

  constructor(private readonly model: OnnxModel) {
    this.index = new GraphIndex(model.graph);
    this.normalizations = new BatchNormalizations(model.graph, this.index, new Constants(model, this.index));
    this.names = new UniqueNames(usedNames(model));
  }

  fold(): FoldedModel {
    for (const folding of this.foldings()) this.apply(folding);
    const { model, folds } = this;
    if (folds.length === 0) return { model, folds };
    return { model: replaceNodes(model, this.replacements, this.initializers), folds };
  }

  private foldings(): Iterable<Folding> {
    const byOutput = new Map<string, Folding>();
    this.index.nodes.forEach((node, nodeIndex) => {
      if (!isOperator(node, "BatchNormalization")) return;
      const map = this.normalizations.channelMap(node);
      if ("obstacle" in map) return;
      const before = this.folding(node, nodeIndex, byOutput);
      const after = before && composed(before.target, before.map, map);
      if (before === null || after === null || "obstacle" in after) return;
      before.normalizations.push(nodeIndex);
      byOutput.delete(node.input[0]);
      byOutput.set(node.output[0], { ...before, map: after });
    });
    return byOutput.values();
  }

  /** What the node normalizes: a folding that ends there, or a layer on its own. */
  private folding(node: NodeProto, nodeIndex: number, byOutput: ReadonlyMap<string, Folding>): Folding | null {
    const begun = byOutput.get(node.input[0]);
    if (begun !== undefined && this.index.soleConsumer(node.input[0]) === nodeIndex) return begun;
    const target = this.normalizations.target(node, nodeIndex);
    if ("obstacle" in target) return null;
    return { target, map: { scale: target.bias.map(() => 1), shift: target.bias }, normalizations: [] };
  }

  private apply({ target, map, normalizations }: Folding): void {
    const folded = this.normalizations.foldedConstants(target, map);
    if ("obstacle" in folded) return;
    const { node, nodeIndex, additionIndex, elementType } = target;
    const weightName = this.names.add(`${node.input[1]}_folded`);
    const biasName = this.names.add(`${target.biasName}_folded`);
    this.initializers.push(
      makeRealTensor(weightName, elementType, target.weights.dims, folded.weights),
      makeRealTensor(biasName, elementType, [folded.bias.length], folded.bias),
    );
    const merged = [...(additionIndex === null ? [] : [additionIndex]), ...normalizations];
    for (const index of merged) this.replacements.set(index, null);
    const names = merged.map((index) => nameOrOutput(this.index.nodes[index]));
    const output = this.index.nodes[normalizations[normalizations.length - 1]].output[0];
    const replacement =
      node.opType === "MatMul"
        ? withAddition(node, weightName, biasName, output, names[0])
        : [withConstants(node, weightName, biasName, output)];
    this.replacements.set(nodeIndex, replacement);
    this.record(normalizations, names, nameOrOutput(node), replacement);
  }

  /** @param names of all that was merged, the addition first */
  private record(
    normalizations: readonly number[],
    names: readonly string[],
    node: string,
    replacement: readonly NodeProto[],
  ): void {
    const others = names.length - normalizations.length;
    const listed = replacement.length > 1 ? names.with(0, "") : names;
    normalizations.forEach((nodeIndex, position) => {
      const from = position === 0 ? 0 : position + others;
      this.folds.push({
        batchNormalization: nameOrOutput(this.index.nodes[nodeIndex]),
        node,
        output: replacement[0].output[0],
        fused: listed.slice(from, position + others + 1).filter((name) => name !== ""),
      });
    });
  }
}

/** The node with other weights and bias and the output of the batch normalization; Gemm's beta is in the bias already. */
function withConstants(node: NodeProto, weight: string, bias: string, output: string): NodeProto {
  const copy = copyOf(NodeProtoSchema, node);
  copy.input = [node.input[0], weight, bias];
  copy.output = [output];
  copy.attribute = node.attribute.filter((attribute) => attribute.name !== "beta");
  return copy;
}

/** A MatMul with other weights, which has no bias of its own, and an Add of the name of the first node that went into them. */
function withAddition(node: NodeProto, weight: string, bias: string, output: string, name: string): NodeProto[] {
  const product = copyOf(NodeProtoSchema, node);
  product.input = [node.input[0], weight];
  const addition = makeNode("Add", [node.output[0], bias], output);
  addition.name = name;
  return [product, addition];
}

function usedNames({ graph }: OnnxModel): Set<string> {
  const names = new Set<string>();
  for (const tensor of graph.initializer) names.add(tensor.name);
  for (const input of graph.input) names.add(input.name);
  for (const node of graph.node) {
    for (const output of node.output) names.add(output);
    for (const name of namesInSubgraphs(node)) names.add(name);
  }
  return names;
}
