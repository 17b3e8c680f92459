/** Which values of a graph are constant, and what they hold. */
import type { NodeProto, TensorProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../protocol/errors";
import { DataType, isFloatType, isIndexType } from "../onnx/data-types";
import { isOperator, type OnnxModel } from "../onnx/model";
import { decodeFloatTensor, decodeIntegers } from "../onnx/tensor-data";
import type { FloatTensor } from "../onnx/tensor";
import { intAttribute, intsAttribute } from "./attributes";
import { constantNodeTensor } from "./constant-node";
import type { GraphIndex } from "./graph";
import { permuteAxes } from "./layout";
import { flattenedDims, reshapedDims, squeezedDims, transposition, unsqueezedDims } from "./shapes";

/** Nodes between a constant and its reader. Against chains that cost their length again for each reader; exporters write up to three. */
const MAX_STEPS = 64;

/** Bytes of copies that any model may cause. Against one tensor transposed or converted a thousand times. */
const COPY_ALLOWANCE_FLOOR = 64 * 1024 * 1024;

/** Bytes of copies for each byte read from the model's files, beyond the floor: half precision takes 2 and a transposition of that 2 more. */
const COPY_ALLOWANCE_RATIO = 4;

/** Bytes read from external files in all. Against many tensors that name overlapping ranges of one file. */
const MAX_EXTERNAL_BYTES = 4 * 1024 * 1024 * 1024;

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
  /** Equal for values with the same content for the same reason. */
  readonly identity: string;
}

export class Constants {
  private readonly values = new Map<string, FloatTensor>();
  private readonly constantNodes = new Map<NodeProto, TensorProto | null>();
  private derived: Set<string> | undefined;
  private externalBytes = 0;
  private copiedBytes = 0;

  constructor(
    private readonly model: OnnxModel,
    private readonly index: GraphIndex,
  ) {}

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
    const path = [root];
    let tensor = this.remembered(JSON.stringify(path), () => this.decode(origin.tensor, root));
    for (const step of steps) {
      const next = this.apply(step, tensor, path);
      if (next === undefined) return undefined;
      tensor = next;
    }
    return { ...tensor, root, identity: JSON.stringify(path) };
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

  /** Scales a constant, for factors that a node applies to its weights. */
  scaled(tensor: FloatTensor, factor: number): FloatTensor {
    if (factor === 1) return tensor;
    this.chargeCopy(tensor.values.byteLength);
    return { dims: tensor.dims, values: tensor.values.map((value) => value * factor) };
  }

  /**
   * Counts memory that the model causes beyond its own bytes.
   * @throws BitwrightError model-too-complex where it is out of proportion
   */
  chargeCopy(bytes: number): void {
    this.copiedBytes += bytes;
    const read = this.model.source.bytes.length + this.externalBytes;
    if (this.copiedBytes > Math.max(COPY_ALLOWANCE_FLOOR, COPY_ALLOWANCE_RATIO * read)) {
      throw tooMuch("its constants are rearranged into many times their size");
    }
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

  /** One step on the way from root to value; what it does to the content is added to `path`. */
  private apply(step: NodeProto, tensor: FloatTensor, path: string[]): FloatTensor | undefined {
    const { dims } = tensor;
    const axes = () => this.axes(step);
    const reshape = (newDims: number[] | undefined) => {
      if (newDims === undefined) return undefined;
      if (newDims.join() !== dims.join()) path.push(`reshape ${newDims.join()}`);
      return { dims: newDims, values: tensor.values };
    };
    switch (step.opType) {
      case "Transpose": {
        const permutation = transposition(dims, intsAttribute(step, "perm"));
        path.push(`transpose ${permutation.join()}`);
        return this.remembered(JSON.stringify(path), () => this.transposed(tensor, permutation));
      }
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
        return tensor;
    }
  }

  /** Axes of Squeeze and Unsqueeze: an attribute before opset 13, an input since; null where computed at run time. */
  private axes(step: NodeProto): number[] | undefined | null {
    const input = step.input[1] ?? "";
    return input === "" ? intsAttribute(step, "axes") : (this.integers(input) ?? null);
  }

  private transposed(tensor: FloatTensor, permutation: readonly number[]): FloatTensor {
    this.chargeCopy(tensor.values.byteLength);
    const dims = permutation.map((axis) => tensor.dims[axis]);
    return { dims, values: permuteAxes(tensor.values, tensor.dims, permutation) };
  }

  private decode(tensor: TensorProto, root: string): FloatTensor {
    const { name, bytes, sha256 } = this.model.source;
    const readExternal = this.readExternal.bind(this);
    try {
      const decoded = decodeFloatTensor(tensor, { name, bytes, sha256, readExternal });
      if (decoded.values.buffer !== tensor.rawData.buffer) this.chargeCopy(decoded.values.byteLength);
      return decoded;
    } catch (thrown) {
      throw BitwrightError.from(thrown).within({ field: root });
    }
  }

  private readExternal(location: string, offset: number, length: number | undefined): Uint8Array {
    this.externalBytes += length ?? 0;
    if (this.externalBytes > MAX_EXTERNAL_BYTES) throw tooMuch("its external data is more than 4 GiB");
    return this.model.source.readExternal(location, offset, length);
  }

  private remembered(identity: string, make: () => FloatTensor): FloatTensor {
    let tensor = this.values.get(identity);
    if (tensor === undefined) {
      tensor = make();
      this.values.set(identity, tensor);
    }
    return tensor;
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

function tooMuch(reason: string): BitwrightError {
  return new BitwrightError(
    "model-too-complex",
    `the model is too complex: ${shownName(reason)}`,
    "Simplify the model, for example with onnx-simplifier",
  );
}
