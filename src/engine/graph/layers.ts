/** The layers of a model, and what has weights and stays as it is. */
import type { NodeProto, TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import { Allowance } from "../onnx/allowance";
import { isFloatType } from "../onnx/data-types";
import type { OnnxModel } from "../onnx/model";
import { checkedElementCount } from "../onnx/tensor-data";
import { biasObstacle, findBias } from "./bias";
import { Constants } from "./constants";
import { orderKey, transposedOrder, type ElementOrder } from "./element-order";
import type { FoldedBatchNormalization } from "./fold-batch-normalization";
import { GraphIndex } from "./graph";
import type { Layer, LayerOperator, Unquantizable } from "./layer";
import type { WeightLayout } from "./layout";
import { nameOrOutput, UniqueNames } from "./names";
import { layerOperator, weightSlots, type WeightSlot } from "./operators";
import { claim, leftovers, unquantizableWeights, type Claims } from "./unquantizable";

export interface Layers {
  /** In the order of the graph. */
  readonly layers: readonly Layer[];
  readonly unquantizable: readonly Unquantizable[];
  /** Elements of all constant float tensors, and of integer tensors that hold codes of weights; each tensor counted once. */
  readonly parameters: number;
}

/**
 * Finds every node with constant float weights, with its bias (its own, or that of an Add that follows).
 *
 * @param folds what foldBatchNormalization has folded into this model
 * @throws BitwrightError naming model, layer and tensor: model-invalid, tensor-shape, external-data-*, model-too-complex
 */
export function findLayers(model: OnnxModel, folds: readonly FoldedBatchNormalization[] = []): Layers {
  try {
    return new LayerFinder(model, folds).find();
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ model: model.source.name });
  }
}

class LayerFinder {
  private readonly index: GraphIndex;
  private readonly constants: Constants;
  /** Names of what was folded into a node, by the node's output. */
  private readonly folded = new Map<string, string[]>();
  private readonly names = new UniqueNames();
  private readonly layers: Layer[] = [];
  private readonly unquantizable: Unquantizable[] = [];
  /** Tensors that belong to a layer or are listed already. */
  private readonly claims: Claims = new Set<TensorProto>();

  constructor(
    private readonly model: OnnxModel,
    folds: readonly FoldedBatchNormalization[],
  ) {
    this.index = new GraphIndex(model.graph);
    this.constants = new Constants(model, this.index);
    for (const { output, fused } of folds) {
      const names = this.folded.get(output);
      if (names === undefined) this.folded.set(output, [...fused]);
      else names.push(...fused);
    }
  }

  find(): Layers {
    this.index.nodes.forEach((node, nodeIndex) => {
      const operator = layerOperator(node);
      if (operator === undefined) return;
      for (const slot of weightSlots(node, operator, this.constants)) this.addSlot(node, nodeIndex, operator, slot);
    });
    this.checkWeights();
    const others = leftovers(this.model.graph, this.index, this.constants, this.claims);
    const unquantizable = this.unquantizable.concat(others);
    return { layers: this.layers, unquantizable, parameters: this.countParameters() };
  }

  private addSlot(node: NodeProto, nodeIndex: number, op: LayerOperator, slot: WeightSlot): void {
    const name = nameOrOutput(node, nodeIndex) + slot.suffix;
    try {
      const layer = this.layer(node, nodeIndex, op, slot, name);
      if (layer !== null) this.layers.push(layer);
    } catch (thrown) {
      throw BitwrightError.from(thrown).within({ layer: name });
    }
  }

  private layer(node: NodeProto, nodeIndex: number, op: LayerOperator, slot: WeightSlot, name: string): Layer | null {
    const weightName = node.input[slot.input] ?? "";
    const constant = this.constants.float(weightName);
    if (constant === undefined || constant.values.length === 0) {
      const entry = unquantizableWeights(node, op, name, weightName, this.constants, this.claims);
      if (entry !== null) this.unquantizable.push(entry);
      return null;
    }
    if (op === "Gather" && constant.dims.length < 2) return null;
    const layout = at(weightName, () => slot.layout(constant.dims));
    const bias = findBias(node, slot, constant.dims.length, layout, this.index, this.constants);
    this.claim(weightName);
    if (bias !== null) this.claim(bias.valueName);
    else this.listBias(node, op, slot, name);
    return {
      name: this.names.add(name),
      op,
      nodeIndex,
      nodeName: node.name,
      weightInput: slot.input,
      weightName,
      weightKey: keyOf(constant.order, layout, slot.factor),
      weight: { dims: constant.dims, values: this.constants.scaled(constant, slot.factor) },
      layout,
      bias: bias?.values ?? null,
      fused: this.fused(node, bias?.addition ?? null),
    };
  }

  private fused(node: NodeProto, addition: NodeProto | null): string[] {
    const folded = this.folded.get(node.output[0] ?? "") ?? [];
    return addition === null ? [...folded] : [...folded, nameOrOutput(addition)];
  }

  /** An entry for a bias that the node has and the layer has not. */
  private listBias(node: NodeProto, op: LayerOperator, { bias }: WeightSlot, name: string): void {
    if (!("input" in bias)) return;
    const reason = biasObstacle(node, bias, this.constants);
    if (reason === null) return;
    const parameters = this.claim(node.input[bias.input]);
    this.unquantizable.push({ name: `${name}.bias`, op, parameters, reason });
  }

  /** Against one tensor that is reshaped into a thousand different layers. */
  private checkWeights(): void {
    const allowance = new Allowance(this.model.source, "its layers have many times the weights that its files hold");
    const distinct = new Map(this.layers.map(({ weightKey, weight }) => [weightKey, weight.values.byteLength]));
    for (const bytes of distinct.values()) allowance.charge(bytes);
  }

  /** @returns how many elements it takes that were not yet taken */
  private claim(value: string): number {
    const origin = this.constants.origin(value);
    return origin === undefined ? 0 : claim([origin], this.claims);
  }

  /** After all claims are made: elements of what they hold, and of all other float tensors. */
  private countParameters(): number {
    const { initializer, sparseInitializer, node } = this.model.graph;
    const tensors = new Set<TensorProto>(initializer);
    for (const sparse of sparseInitializer) if (sparse.values !== undefined) tensors.add(sparse.values);
    for (const { output } of node) {
      const origin = output.length === 1 ? this.constants.origin(output[0]) : undefined;
      if (origin?.steps.length === 0) tensors.add(origin.tensor);
    }
    const counted = [...tensors].filter((tensor) => isFloatType(tensor.dataType) && !this.claims.has(tensor));
    return [...counted, ...this.claims].reduce((sum, tensor) => sum + checkedElementCount(tensor), 0);
  }
}

/** Layers with equal keys have the same weights in the same channel-major order, and as many channels. */
function keyOf(order: ElementOrder, { viewDims, permutation, channels }: WeightLayout, factor: number): string {
  return JSON.stringify([orderKey(transposedOrder(order, viewDims, permutation)), channels, factor]);
}

function at<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ field });
  }
}
