/** What the lowering of one graph has made so far, and what the rules for single operators ask of it. */
import type { NodeProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../../protocol/errors";
import type { ActivationParameters } from "../../activations/parameters";
import { quantizeActivations } from "../../activations/parameters";
import type { ActivationPlan } from "../../activations/plan";
import { floatAttribute } from "../../graph/attributes";
import { Constants } from "../../graph/constants";
import { GraphIndex } from "../../graph/graph";
import type { Layer } from "../../graph/layer";
import { nameOrOutput } from "../../graph/names";
import type { OnnxModel } from "../../onnx/model";
import { elementCount } from "../../onnx/tensor";
import type { QuantizedWeights } from "../../schemes/scheme";
import type { RoundingMode } from "../arithmetic/fit-requantization";
import type { RoundingDirection } from "../arithmetic/nearest-requantization";
import { isRowMajor, rowMajor, sameLayout, type Layout } from "../layout";
import { EXACT, type CodeType, type Operation, type ProgramTensor } from "../program";
import { refuse } from "./refusal";

export interface LoweringInput {
  /** With batch normalizations folded. */
  readonly model: OnnxModel;
  /** Of that model, as findLayers returns them. */
  readonly layers: readonly Layer[];
  /** Layer name → its codes; layers that are not in it stay float and are refused. */
  readonly quantized: ReadonlyMap<string, QuantizedWeights>;
  readonly plan: ActivationPlan;
  /** One for each group of the plan. */
  readonly parameters: readonly ActivationParameters[];
}

export interface LoweringOptions {
  /** Default `onnxruntime`. */
  readonly rounding?: RoundingMode;
}

/** A value of the graph as the program holds it. */
export interface LoweredValue {
  readonly tensor: number;
  /** As in the model. */
  readonly dims: readonly number[];
  readonly layout: Layout;
}

/** Where a node's result goes: after the bias addition and bounds that are fused to it. */
export interface FusedOutput {
  readonly value: string;
  readonly parameters: ActivationParameters;
  /** Codes that the fused bounds leave. */
  readonly activationMin: number;
  readonly activationMax: number;
  /** Operators of the node and of what is fused to it. */
  readonly operator: string;
}

/** Largest tensor in elements: a microcontroller has no room for more, and hostile shapes do. */
const MAX_ELEMENTS = 2 ** 28;

export class LoweringContext {
  readonly index: GraphIndex;
  readonly constants: Constants;
  readonly rounding: RoundingMode;
  readonly tensors: ProgramTensor[] = [];
  readonly operations: Operation[] = [];
  private readonly parameters: readonly ActivationParameters[];
  private readonly values = new Map<string, LoweredValue>();
  private readonly layersOf = new Map<number, Layer>();
  /** Nodes that went into the operation of another one. */
  private readonly fusedNodes = new Set<number>();

  constructor(
    readonly input: LoweringInput,
    options: LoweringOptions,
  ) {
    this.index = new GraphIndex(input.model.graph);
    this.constants = new Constants(input.model, this.index);
    this.parameters = input.parameters.map(signed);
    this.rounding = options.rounding ?? "onnxruntime";
    for (const layer of input.layers) this.layersOf.set(layer.nodeIndex, layer);
  }

  layerOf(nodeIndex: number): Layer | undefined {
    return this.layersOf.get(nodeIndex);
  }

  isFused(nodeIndex: number): boolean {
    return this.fusedNodes.has(nodeIndex);
  }

  has(value: string): boolean {
    return this.values.has(value);
  }

  /** @throws BitwrightError operator-unsupported where the value has no codes */
  value(name: string, reader: NodeProto): LoweredValue {
    const value = this.values.get(name);
    if (value === undefined) throw refuse(reader, `its input "${shownName(name)}" has no integer codes`);
    return value;
  }

  valueOrUndefined(name: string): LoweredValue | undefined {
    return this.values.get(name);
  }

  /** The parameters of a value that the plan gives codes. */
  parametersOf(value: string, node: NodeProto): ActivationParameters {
    const group = this.input.plan.groupOf.get(value);
    const parameters = group === undefined ? undefined : this.parameters.at(group);
    if (parameters === undefined) {
      const left = this.input.plan.left.find((item) => item.value === value);
      throw refuse(
        node,
        `"${shownName(value)}" has no integer codes${left === undefined ? "" : `; ${left.reason.replace(/\.$/, "")}`}`,
      );
    }
    return parameters;
  }

  tensorOf(value: LoweredValue): ProgramTensor {
    return this.tensors[value.tensor];
  }

  /** Follows the node's output through what the plan has fused to it. */
  fusedOutput(node: NodeProto): FusedOutput {
    const operators = [node.opType];
    let [value] = node.output;
    let low = -Infinity;
    let high = Infinity;
    while (this.input.plan.interior.has(value)) {
      const consumer = this.index.soleConsumer(value);
      if (consumer === undefined) throw refuse(node, "what is fused to it cannot be found");
      const next = this.index.nodes[consumer];
      this.fusedNodes.add(consumer);
      operators.push(next.opType);
      if (next.opType === "Relu" || next.opType === "Clip") {
        const bounds = this.bounds(next);
        low = Math.min(Math.max(low, bounds.low), bounds.high);
        high = Math.min(Math.max(high, bounds.low), bounds.high);
      }
      [value] = next.output;
    }
    const parameters = this.parametersOf(value, node);
    const [activationMin, activationMax] = quantizeActivations(Float32Array.of(low, high), parameters);
    return { value, parameters, activationMin, activationMax, operator: operators.join(" + ") };
  }

  /** The bounds of a Relu or Clip. */
  bounds(node: NodeProto): { readonly low: number; readonly high: number } {
    if (node.opType === "Relu") return { low: 0, high: Infinity };
    const bound = (position: number, attribute: string, otherwise: number): number => {
      const name = node.input[position] ?? "";
      if (name === "") return floatAttribute(node, attribute, otherwise);
      const constant = this.constants.float(name)?.values.at(0);
      if (constant === undefined) throw refuse(node, "its bounds are computed when the model runs");
      return constant;
    };
    return { low: bound(1, "min", -Infinity), high: bound(2, "max", Infinity) };
  }

  /**
   * Makes a tensor for a value and gives the value to later nodes.
   * @param storedDims dimensions in stored order
   */
  define(
    name: string,
    dims: readonly number[],
    layout: Layout,
    storedDims: readonly number[],
    parameters: ActivationParameters,
    node: NodeProto,
  ): LoweredValue {
    const value = { tensor: this.addTensor(name, dims, storedDims, parameters, node), dims, layout };
    this.values.set(name, value);
    return value;
  }

  /** Makes a tensor of positions along an axis. */
  defineIndices(name: string, dims: readonly number[], count: number): number {
    const range = { scale: 1, zeroPoint: 0, codeMin: 0, codeMax: count - 1, rounding: "nearest" } as const;
    const tensor = this.tensors.push({ name, dims, storedDims: dims, type: "int32", ...range }) - 1;
    this.values.set(name, { tensor, dims, layout: rowMajor(dims) });
    return tensor;
  }

  /** Makes a tensor that no value of the graph has. */
  temporary(like: LoweredValue, parameters: ActivationParameters, node: NodeProto): LoweredValue {
    const { name, storedDims } = this.tensorOf(like);
    return { ...like, tensor: this.addTensor(name, like.dims, storedDims, parameters, node) };
  }

  /** Gives a value that is another one with other dimensions or another name. */
  alias(name: string, value: LoweredValue): void {
    this.values.set(name, value);
  }

  /** The value in the wanted order, rearranged if it has another one. */
  arranged(value: LoweredValue, layout: Layout, storedDims: readonly number[], node: NodeProto): LoweredValue {
    if (sameLayout(value.layout, layout)) return value;
    if (!isRowMajor(value.layout) && !isRowMajor(layout)) {
      return this.arranged(this.arranged(value, rowMajor(value.dims), value.dims, node), layout, storedDims, node);
    }
    const from = this.tensorOf(value);
    const tensor = this.tensors.push({ ...from, dims: value.dims, storedDims }) - 1;
    this.operations.push({
      kind: "rearrangement",
      node: nameOrOutput(node),
      operator: "Transpose",
      inputs: [value.tensor],
      output: tensor,
      agreement: EXACT,
      direction: isRowMajor(value.layout) ? "gather" : "scatter",
      offset: 0,
      loops: isRowMajor(value.layout) ? layout : value.layout,
      fill: null,
    });
    return { tensor, dims: value.dims, layout };
  }

  private addTensor(
    name: string,
    dims: readonly number[],
    storedDims: readonly number[],
    parameters: ActivationParameters,
    node: NodeProto,
  ): number {
    const count = elementCount(dims);
    if (!Number.isSafeInteger(count) || count < 1 || count > MAX_ELEMENTS) {
      throw refuse(node, `"${shownName(name)}" would have ${dims.join(" x ")} elements`);
    }
    const { scale, zeroPoint, codeMin, codeMax } = parameters;
    const type = codeType(parameters);
    if (type === null) throw refuse(node, `codes ${codeMin} to ${codeMax} fit neither 8 nor 16 bits`);
    const codes = { type, scale: Math.fround(scale), zeroPoint, codeMin, codeMax, rounding: directionOf(parameters) };
    return this.tensors.push({ name, dims, storedDims, ...codes }) - 1;
  }
}

/** How values become codes of these parameters. */
export function directionOf({ scheme }: Pick<ActivationParameters, "scheme">): RoundingDirection {
  return scheme === "ceil" ? "up" : "nearest";
}

function codeType({ codeMin, codeMax }: ActivationParameters): CodeType | null {
  if (codeMin >= -128 && codeMax <= 127) return "int8";
  return codeMin >= -32768 && codeMax <= 32767 ? "int16" : null;
}

/** The same parameters with codes around zero, where they are unsigned and too large for the signed type of their width. */
function signed(parameters: ActivationParameters): ActivationParameters {
  const { codeMin, codeMax, zeroPoint } = parameters;
  if (codeMin < 0 || codeMax <= 127) return parameters;
  const middle = codeMax <= 255 ? 128 : 32768;
  return { ...parameters, codeMin: codeMin - middle, codeMax: codeMax - middle, zeroPoint: zeroPoint - middle };
}

/** The error for a program that asks for a node outside the graph. */
export function missingInput(name: string): BitwrightError {
  return new BitwrightError(
    "model-invalid",
    "an output of the model is computed by no operator",
    "Export the model again",
    {
      field: name,
    },
  );
}
