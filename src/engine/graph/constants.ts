/** Which values of a graph are constant, and what they hold. */
import type { NodeProto, TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import { Allowance } from "../onnx/allowance";
import { DataType, isFloatType, isIndexType } from "../onnx/data-types";
import { externalRange, rangeKey } from "../onnx/external-data";
import { isOperator, type OnnxModel } from "../onnx/model";
import { elementCount, type FloatTensor } from "../onnx/tensor";
import { decodeFloatTensor, decodeIntegers } from "../onnx/tensor-data";
import { tensorDims } from "../onnx/tensor-shape";
import { intAttribute, intsAttribute } from "./attributes";
import { constantNodeTensor } from "./constant-node";
import { orderKey, ownOrder, transposedOrder, type ElementOrder } from "./element-order";
import type { GraphIndex } from "./graph";
import { permuteAxes } from "./layout";
import { flattenedDims, reshapedDims, squeezedDims, transposition, unsqueezedDims } from "./shapes";

/** Nodes between a constant and its reader. Against chains that cost their length again for each reader; exporters write up to three. */
const MAX_STEPS = 64;

/** Operators that hand a constant on with its elements unchanged. */
const PASS_ON = ["Identity", "Transpose", "Reshape", "Cast", "Squeeze", "Unsqueeze", "Flatten"];
const QUANTIZERS = ["QuantizeLinear", "DequantizeLinear"];
const RANDOM = ["RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli"];

/** Where a constant value comes from. */
export interface ConstantOrigin {
  /** Name of the initializer, or of the output of the Constant node. */
  readonly root: string;
  readonly tensor: TensorProto;
  /** Nodes between the root and the value, the one nearest to the root first. */
  readonly steps: readonly NodeProto[];
  /** The value passes through QuantizeLinear or DequantizeLinear: somebody has quantized it already. */
  readonly quantized: boolean;
}

export interface FloatConstant extends FloatTensor {
  readonly root: string;
  /** Equal for values that hold the same elements in the same order, whatever their shape. */
  readonly order: ElementOrder;
}

/** Values that are no view on the model's bytes, for all that look at the same model: it is searched several times. */
const converted = new WeakMap<TensorProto, Float32Array>();

export class Constants {
  /** By what they hold: see {@link orderKey}. */
  private readonly values = new Map<string, Float32Array>();
  private readonly constantNodes = new Map<NodeProto, TensorProto | null>();
  private derived: Set<string> | undefined;
  private readonly copies: Allowance;

  constructor(
    private readonly model: OnnxModel,
    private readonly index: GraphIndex,
  ) {
    this.copies = new Allowance(model.source, "its constants are rearranged into many times their size");
  }

  /**
   * The origin of a value that is constant apart from shape, type and quantization; undefined for all others.
   * An initializer that is also a graph input counts as constant: up to IR version 3 all are, and later ones are
   * defaults that the exporter trained.
   */
  origin(value: string): ConstantOrigin | undefined {
    const steps: NodeProto[] = [];
    let quantized = false;
    for (let name = value; steps.length <= MAX_STEPS;) {
      const tensor = this.rootTensor(name);
      if (tensor !== undefined) return { root: name, tensor, steps: steps.reverse(), quantized };
      const node = this.index.producer(name);
      if (node === undefined || node.input.length === 0) return undefined;
      const quantizer = QUANTIZERS.some((operator) => isOperator(node, operator));
      if (!quantizer && !PASS_ON.some((operator) => isOperator(node, operator))) return undefined;
      quantized ||= quantizer;
      steps.push(node);
      name = node.input[0];
    }
    return undefined;
  }

  /**
   * The value in single precision; undefined where it is not a constant of a float type or was quantized already.
   * @throws BitwrightError as decodeFloatTensor; tensor-shape for impossible reshapes; model-too-complex
   */
  float(value: string): FloatConstant | undefined {
    const origin = this.origin(value);
    if (origin === undefined || !isFloatOrigin(origin)) return undefined;
    const { root, steps } = origin;
    let constant = at(root, () => this.rootConstant(origin.tensor, root));
    for (const step of steps) {
      const next = this.apply(step, constant);
      if (next === undefined) return undefined;
      constant = next;
    }
    return constant;
  }

  /** A short list of integers, as shapes and axes are given; undefined where it is not a constant. */
  integers(value: string): number[] | undefined {
    const origin = this.origin(value);
    const unsuited = (step: NodeProto) =>
      step.opType === "Transpose" || (step.opType === "Cast" && !isIndexType(castType(step)));
    if (origin === undefined || origin.quantized || origin.steps.some(unsuited)) return undefined;
    return isIndexType(origin.tensor.dataType) ? decodeIntegers(origin.tensor, this.model.source) : undefined;
  }

  /** Whether the value is computed from constants alone, by whatever operators. */
  isDerivedFromConstants(value: string): boolean {
    this.derived ??= this.derivedValues();
    return this.derived.has(value) || this.index.initializers.has(value);
  }

  /** Values of a constant times a factor that a node applies to its weights. */
  scaled({ order, values }: FloatConstant, factor: number): Float32Array {
    if (factor === 1) return values;
    return this.remembered(JSON.stringify([orderKey(order), factor]), () => {
      this.chargeCopy(values.byteLength);
      return values.map((value) => value * factor);
    });
  }

  /**
   * Counts memory that the model causes beyond its own bytes.
   * @throws BitwrightError model-too-complex where it is out of proportion
   */
  chargeCopy(bytes: number): void {
    this.copies.charge(bytes);
  }

  private rootTensor(name: string): TensorProto | undefined {
    const initializer = this.index.initializers.get(name);
    if (initializer !== undefined) return initializer;
    const node = this.index.producer(name);
    if (node === undefined || !isOperator(node, "Constant")) return undefined;
    let tensor = this.constantNodes.get(node);
    if (tensor === undefined) this.constantNodes.set(node, (tensor = constantNodeTensor(node, name)));
    return tensor ?? undefined;
  }

  /** One step on the way from root to value; undefined where its result is known only when the model runs. */
  private apply(step: NodeProto, constant: FloatConstant): FloatConstant | undefined {
    const { dims } = constant;
    const axes = () => this.axes(step);
    const reshape = (newDims: number[] | undefined) => newDims && { ...constant, dims: newDims };
    switch (step.opType) {
      case "Transpose":
        return this.transposed(constant, transposition(dims, intsAttribute(step, "perm")));
      case "Reshape": {
        const shape = this.integers(step.input[1] ?? "");
        return reshape(shape && reshapedDims(dims, shape, intAttribute(step, "allowzero", 0) === 1));
      }
      case "Squeeze": {
        const given = axes();
        return given === null ? undefined : reshape(squeezedDims(dims, given));
      }
      case "Unsqueeze": {
        const given = axes();
        return given === null ? undefined : reshape(unsqueezedDims(dims, given ?? []));
      }
      case "Flatten":
        return reshape(flattenedDims(dims, intAttribute(step, "axis", 1)));
      default:
        return constant;
    }
  }

  /** Axes of Squeeze and Unsqueeze: an attribute before opset 13, an input since; null where computed at run time. */
  private axes(step: NodeProto): number[] | undefined | null {
    const input = step.input[1] ?? "";
    return input === "" ? intsAttribute(step, "axes") : (this.integers(input) ?? null);
  }

  private transposed(constant: FloatConstant, permutation: readonly number[]): FloatConstant {
    const order = transposedOrder(constant.order, constant.dims, permutation);
    const values = this.remembered(orderKey(order), () => {
      this.chargeCopy(constant.values.byteLength);
      return permuteAxes(constant.values, constant.dims, permutation);
    });
    return { ...constant, dims: permutation.map((axis) => constant.dims[axis]), values, order };
  }

  private rootConstant(tensor: TensorProto, root: string): FloatConstant {
    const dims = tensorDims(tensor);
    const range = externalRange(tensor);
    const source = range === null ? root : JSON.stringify([rangeKey(range), tensor.dataType]);
    const order = ownOrder(source, elementCount(dims));
    return { root, dims, order, values: this.remembered(orderKey(order), () => this.decode(tensor)) };
  }

  private decode(tensor: TensorProto): Float32Array {
    const values = converted.get(tensor) ?? decodeFloatTensor(tensor, this.model.source).values;
    if (values.buffer !== tensor.rawData.buffer) {
      converted.set(tensor, values);
      this.chargeCopy(values.byteLength);
    }
    return values;
  }

  private remembered(key: string, make: () => Float32Array): Float32Array {
    let values = this.values.get(key);
    if (values === undefined) {
      values = make();
      this.values.set(key, values);
    }
    return values;
  }

  private derivedValues(): Set<string> {
    const derived = new Set<string>();
    for (const node of this.index.nodes) {
      if (RANDOM.includes(node.opType) || node.attribute.some((attribute) => attribute.g !== undefined)) continue;
      const constant = (input: string) => input === "" || derived.has(input) || this.index.initializers.has(input);
      if (node.input.length === 0 ? isOperator(node, "Constant") : node.input.every(constant)) {
        for (const output of node.output) derived.add(output);
      }
    }
    return derived;
  }
}

/** Whether the value stays in float types all the way and has not been quantized. */
export function isFloatOrigin(origin: ConstantOrigin): boolean {
  return !origin.quantized && isFloatType(origin.tensor.dataType) && isFloatType(originType(origin));
}

/** Element type of the value, after casts; of the root where quantization stands between. */
export function originType(origin: ConstantOrigin): number {
  const cast = origin.steps.findLast((step) => step.opType === "Cast");
  const integerCast = origin.steps.find((step) => step.opType === "Cast" && !isFloatType(castType(step)));
  const deciding = integerCast ?? cast;
  return deciding === undefined ? origin.tensor.dataType : castType(deciding);
}

function castType(cast: NodeProto): number {
  return intAttribute(cast, "to", DataType.UNDEFINED);
}

function at<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ field });
  }
}
