/**
 * The activation plan: which values of a graph get integer codes, which of them share parameters, and where each layer's
 * output is compared.
 */
import type { NodeProto } from "onnx-buf";
import { shownName } from "../../protocol/errors";
import { followingAddition } from "../graph/bias";
import { Constants } from "../graph/constants";
import { GraphIndex } from "../graph/graph";
import type { Layer } from "../graph/layer";
import { nameOrOutput } from "../graph/names";
import { DataType, dataTypeName, isFloatType } from "../onnx/data-types";
import type { OnnxModel } from "../onnx/model";
import { activationValues } from "./activation-values";
import { fusesBounds, isBound, movesCodes, quantizableNode, widensRange, type QuantizableNode } from "./operators";
import type { ActivationScheme } from "./parameters";
import { dataTypes } from "./value-types";

/** Values that share one scale and zero point, so that integers move between them unchanged. */
export interface ActivationGroup {
  /** Names of the values, the one that is produced first in front. */
  readonly values: readonly string[];
  /** Those among them whose ranges decide: the others never leave the range of these, widened to hold zero. */
  readonly sources: readonly string[];
  /** All of them are what activation functions make that are never negative, such as Relu. */
  readonly isActivation: boolean;
}

export interface ActivationPlan {
  readonly groups: readonly ActivationGroup[];
  /** Index into `groups` of every value that gets codes. */
  readonly groupOf: ReadonlyMap<string, number>;
  /** Values that hold codes of another value of their group as they are: rounding them again changes nothing. */
  readonly moved: ReadonlySet<string>;
  /**
   * Layer name → the value after its fused bias and activation: where float and quantized are compared. Layers whose output
   * is not of type float are left out.
   */
  readonly outputPoint: ReadonlyMap<string, string>;
  /** Layer name → indices of the nodes from the layer's own to the one that makes its output point. */
  readonly chain: ReadonlyMap<string, readonly number[]>;
  /** Values between a node and what is fused to it: they exist in wide integers only and get no codes. */
  readonly interior: ReadonlySet<string>;
  /** The model's outputs of type float. */
  readonly floatOutputs: readonly string[];
  /** Float values that get no codes, and why (an operator without an integer form reads or makes them). */
  readonly left: readonly { readonly value: string; readonly reason: string }[];
}

export interface PlanOptions {
  /** The inputs of Concat share parameters with its output. Default false: each keeps its own, and Concat requantizes. */
  readonly concat?: boolean;
  /** AveragePool shares parameters with its input. Default true; else averages have their own, finer ones. */
  readonly averages?: boolean;
  /** Names of layers that stay float: their nodes count as operators without an integer form. */
  readonly floatLayers?: ReadonlySet<string>;
  /** The model's outputs stay float. Default false. */
  readonly floatOutputs?: boolean;
}

/**
 * What a recipe asks of the plan. Averages of few codes are finer than these, so that `ceil` leaves them parameters of their own.
 * @param activations undefined leaves them in float
 * @param floatLayers names of layers that stay float
 */
export function planOptions(
  activations: { readonly scheme: ActivationScheme; readonly concat: boolean; readonly outputs?: string } | undefined,
  floatLayers: ReadonlySet<string>,
): PlanOptions {
  return {
    concat: activations?.concat ?? false,
    averages: activations?.scheme !== "ceil",
    floatLayers,
    floatOutputs: activations?.outputs === "float",
  };
}

/**
 * Decides which values get codes: those of type float that depend on the model's inputs and that an operator with an
 * integer form makes or reads. What such an operator makes and a Relu or Clip alone reads is rounded once, after the bound;
 * operators that only move codes, or average them, share parameters between input and output.
 *
 * @param layers of this model, as findLayers returns them
 */
export function planActivations(model: OnnxModel, layers: readonly Layer[], options: PlanOptions = {}): ActivationPlan {
  return new Planner(model, layers, options).plan();
}

class Planner {
  private readonly index: GraphIndex;
  private readonly constants: Constants;
  private readonly types: ReadonlyMap<string, number>;
  private readonly outputs: readonly string[];
  private readonly activations: ReadonlySet<string>;
  private readonly quantizable = new Map<number, QuantizableNode>();
  private readonly interior = new Set<string>();
  private readonly groups = new DisjointSets();
  private readonly moved = new Set<string>();
  /** Values that stay inside the range of an input of the same group. */
  private readonly bounded = new Set<string>();
  /** Values that an operator which computes makes or reads. */
  private readonly computed = new Set<string>();

  constructor(
    model: OnnxModel,
    private readonly layers: readonly Layer[],
    private readonly options: PlanOptions,
  ) {
    this.activations = activationValues(model);
    this.index = new GraphIndex(model.graph);
    this.constants = new Constants(model, this.index);
    this.types = dataTypes(model, this.index, this.constants);
    this.outputs = model.graph.output.map(({ name }) => name);
  }

  plan(): ActivationPlan {
    this.findQuantizable();
    const chains = new Map(this.layers.map((layer) => [layer.name, this.layerChain(layer)]));
    this.fuseBounds();
    this.joinGroups();
    const { groups, groupOf } = this.numberedGroups();
    const comparable = [...chains].filter(([, chain]) => this.isFloat(this.firstOutput(chain.at(-1)!)));
    return {
      groups,
      groupOf,
      moved: this.moved,
      outputPoint: new Map(comparable.map(([name, chain]) => [name, this.firstOutput(chain.at(-1)!)])),
      chain: new Map(comparable),
      interior: this.interior,
      floatOutputs: this.outputs.filter((output) => this.isFloat(output)),
      left: this.leftFloat(groupOf),
    };
  }

  private findQuantizable(): void {
    const { concat = false, averages = true, floatLayers = new Set<string>() } = this.options;
    const floatNodes = new Set(this.layers.filter(({ name }) => floatLayers.has(name)).map((layer) => layer.nodeIndex));
    const isConstant = (value: string) => !this.types.has(value);
    this.index.nodes.forEach((node, nodeIndex) => {
      if (floatNodes.has(nodeIndex)) return;
      const quantizable = quantizableNode(node, isConstant, { concat, averages });
      if (quantizable !== undefined) this.quantizable.set(nodeIndex, quantizable);
    });
  }

  /** The layer's node, its separate bias addition and its Relu or Clip; marks the values between them as interior. */
  private layerChain(layer: Layer): number[] {
    const chain = [layer.nodeIndex];
    if (!this.quantizable.has(layer.nodeIndex)) return chain;
    const node = this.index.nodes[layer.nodeIndex];
    const addition = layer.bias === null ? undefined : followingAddition(node, this.index)?.addition;
    if (addition !== undefined && layer.fused.at(-1) === nameOrOutput(addition)) {
      this.interior.add(node.output[0]);
      chain.push(this.index.soleConsumer(node.output[0])!);
    }
    const bound = this.boundAfter(chain.at(-1)!);
    if (bound !== undefined) chain.push(bound);
    return chain;
  }

  private fuseBounds(): void {
    for (const nodeIndex of this.quantizable.keys()) {
      if (this.boundAfter(nodeIndex) !== undefined) this.interior.add(this.firstOutput(nodeIndex));
    }
  }

  /** The Relu or Clip that alone reads the node's output. */
  private boundAfter(nodeIndex: number): number | undefined {
    if (!fusesBounds(this.index.nodes[nodeIndex])) return undefined;
    const output = this.firstOutput(nodeIndex);
    const consumer = this.index.soleConsumer(output);
    if (consumer === undefined || !this.quantizable.has(consumer)) return undefined;
    const node = this.index.nodes[consumer];
    return node.input[0] === output && isBound(node, (value) => !this.types.has(value)) ? consumer : undefined;
  }

  private joinGroups(): void {
    for (const [nodeIndex, quantizable] of this.quantizable) {
      const { form, inputs } = quantizable;
      const node = this.index.nodes[nodeIndex];
      const outputs = node.output.filter((output) => output !== "");
      for (const output of outputs) {
        if (movesCodes(node, quantizable)) this.moved.add(output);
        if (form === "passes" && !widensRange(node)) this.bounded.add(output);
      }
      const values = [...inputs, ...outputs].filter((value) => this.canHaveCodes(value));
      if (values.length === 0) continue;
      if (form === "passes") this.groups.join(values);
      for (const value of values) {
        this.groups.add(value);
        if (form === "computes") this.computed.add(value);
      }
    }
  }

  private canHaveCodes(value: string): boolean {
    if (this.options.floatOutputs === true && this.outputs.includes(value)) return false;
    return this.isFloat(value) && !this.interior.has(value);
  }

  private isFloat(value: string): boolean {
    return this.types.get(value) === DataType.FLOAT;
  }

  /** Groups in the order in which their first values are produced; those that no computing operator touches are dropped. */
  private numberedGroups(): { groups: ActivationGroup[]; groupOf: Map<string, number> } {
    const members = new Map<string, string[]>();
    for (const value of this.types.keys()) {
      const root = this.groups.find(value);
      if (root === undefined) continue;
      const group = members.get(root);
      if (group === undefined) members.set(root, [value]);
      else group.push(value);
    }
    const groups = [...members.values()]
      .filter((values) => values.some((value) => this.computed.has(value)))
      .map((values) => this.group(values));
    const groupOf = new Map(groups.flatMap(({ values }, number) => values.map((value) => [value, number] as const)));
    return { groups, groupOf };
  }

  private group(values: readonly string[]): ActivationGroup {
    const sources = values.filter((value) => !this.bounded.has(value));
    return { values, sources, isActivation: sources.every((value) => this.activations.has(value)) };
  }

  private leftFloat(groupOf: ReadonlyMap<string, number>): { value: string; reason: string }[] {
    return [...this.types]
      .filter(([value, type]) => mayBeFloat(type) && !groupOf.has(value) && !this.interior.has(value))
      .map(([value, type]) => ({ value, reason: this.reason(value, type) }));
  }

  private reason(value: string, type: number): string {
    if (type === DataType.UNDEFINED) return "Its element type cannot be told from the model.";
    if (type !== DataType.FLOAT) return `It is of type ${dataTypeName(type)}; only float values get codes.`;
    if (this.options.floatOutputs === true && this.outputs.includes(value)) return "The recipe keeps outputs in float.";
    if (this.groups.find(value) !== undefined) return "It is only moved between operators that stay float.";
    const producer = this.index.producer(value);
    const neighbour = producer ?? this.firstConsumer(value);
    if (neighbour === undefined) return "No operator reads it.";
    return `${shownName(neighbour.opType)} "${shownName(nameOrOutput(neighbour))}" stays float.`;
  }

  private firstConsumer(value: string): NodeProto | undefined {
    const consumer = this.index.consumers(value).at(0);
    return consumer === undefined ? undefined : this.index.nodes[consumer];
  }

  private firstOutput(nodeIndex: number): string {
    return this.index.nodes[nodeIndex].output.find((output) => output !== "") ?? "";
  }
}

function mayBeFloat(type: number): boolean {
  return type === DataType.UNDEFINED || isFloatType(type);
}

/** Sets of values that are joined step by step. */
class DisjointSets {
  private readonly parents = new Map<string, string>();

  add(value: string): void {
    if (!this.parents.has(value)) this.parents.set(value, value);
  }

  join(values: readonly string[]): void {
    for (const value of values) this.add(value);
    const root = this.find(values[0])!;
    for (const value of values) this.parents.set(this.find(value)!, root);
  }

  /** The value that stands for the whole set; undefined for a value of none. */
  find(value: string): string | undefined {
    let root = value;
    for (let parent = this.parents.get(root); parent !== root; parent = this.parents.get(root)) {
      if (parent === undefined) return undefined;
      const grandparent = this.parents.get(parent)!;
      this.parents.set(root, grandparent);
      root = grandparent;
    }
    return root;
  }
}
