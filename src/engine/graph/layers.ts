/** The layers of a model, and what has weights and stays as it is. */
import type { NodeProto, TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import { isFloatType } from "../onnx/data-types";
import type { OnnxModel } from "../onnx/model";
import { checkedElementCount } from "../onnx/tensor-data";
import { findBias } from "./bias";
import { Constants } from "./constants";
import { orderKey, transposedOrder, type ElementOrder } from "./element-order";
import type { FoldedBatchNormalization } from "./fold-batch-normalization";
import { GraphIndex } from "./graph";
import type { Layer, LayerOperator, Unquantizable } from "./layer";
import type { WeightLayout } from "./layout";
import { nameOrOutput, UniqueNames } from "./names";
import { layerOperator, weightSlots, type WeightSlot } from "./operators";
import { leftovers, unquantizableWeights, type Claims } from "./unquantizable";

/** Bytes of weights, in single precision, that any model may have quantized. */
const WEIGHTS_FLOOR = 64 * 1024 * 1024;

/** Bytes of weights for each byte read from the model's files, beyond the floor: half precision takes 2, and a second layout of that 2 more. */
const WEIGHTS_RATIO = 4;

export interface Layers {
  /** In the order of the graph. */
  readonly layers: readonly Layer[];
  readonly unquantizable: readonly Unquantizable[];
  /** Elements of all constant float tensors of the main graph, each tensor counted once. */
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
  private readonly folds: ReadonlyMap<string, readonly string[]>;
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
    this.folds = new Map(folds.map((fold) => [fold.output, fold.fused]));
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
    else if (this.hasComputedBias(node, slot)) {
      const reason = "The bias is computed when the model runs.";
      this.unquantizable.push({ name: `${name}.bias`, op, parameters: 0, reason });
    }
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
    const folded = this.folds.get(node.output[0] ?? "") ?? [];
    return addition === null ? [...folded] : [...folded, nameOrOutput(addition)];
  }

  private hasComputedBias(node: NodeProto, { bias }: WeightSlot): boolean {
    const input = "input" in bias ? (node.input[bias.input] ?? "") : "";
    return input !== "" && this.constants.origin(input) === undefined;
  }

  /** Against one tensor that is reshaped into a thousand different layers. */
  private checkWeights(): void {
    const distinct = new Map(this.layers.map(({ weightKey, weight }) => [weightKey, weight.values.byteLength]));
    const bytes = [...distinct.values()].reduce((sum, size) => sum + size, 0);
    if (bytes <= Math.max(WEIGHTS_FLOOR, WEIGHTS_RATIO * this.model.source.bytesRead)) return;
    throw new BitwrightError(
      "model-too-complex",
      `the model is too complex: the weights of its layers are ${bytes} bytes, in files of ${this.model.source.bytesRead}`,
      "Simplify the model, for example with onnx-simplifier",
    );
  }

  private claim(value: string): void {
    const origin = this.constants.origin(value);
    if (origin !== undefined) this.claims.add(origin.tensor);
  }

  private countParameters(): number {
    const { initializer, sparseInitializer, node } = this.model.graph;
    const tensors = new Set<TensorProto>(initializer);
    for (const sparse of sparseInitializer) if (sparse.values !== undefined) tensors.add(sparse.values);
    for (const { output } of node) {
      const origin = output.length === 1 ? this.constants.origin(output[0]) : undefined;
      if (origin?.steps.length === 0) tensors.add(origin.tensor);
    }
    let parameters = 0;
    for (const tensor of tensors) if (isFloatType(tensor.dataType)) parameters += checkedElementCount(tensor);
    return parameters;
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
