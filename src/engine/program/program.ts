/**
 * The integer program: what a quantized network computes, as a list of operations on integer tensors.
 *
 * It is lowered from the graph (`lower.ts`), run by the reference interpreter (`interpret.ts`) and printed as C
 * (`emit/inference`). The arithmetic of every operation is defined beside its type, in `operations/`.
 */
import type { ChannelBounds } from "./operations/channel-bounds";
import type { RoundingDirection } from "./arithmetic/nearest-requantization";
import type { Agreement } from "../../protocol/agreement";
import type { ArgMax, Softmax } from "./operations/classification";
import type { ChannelLinear } from "./operations/channel-linear";
import type { Convolution, TransposedConvolution } from "./operations/convolution";
import type { Addition, Multiplication } from "./operations/elementwise";
import type { Interpolation } from "./operations/interpolation";
import type { Lookup } from "./operations/lookup";
import type { Rearrangement } from "./operations/movement";
import type { AveragePooling, MaxPooling } from "./operations/pooling";
import type { Recurrent } from "./operations/recurrent";

export type { Agreement };

/** Storage of a tensor's codes. Unsigned activations are stored less 128 or 32768, zero points and all. */
export type CodeType = "int8" | "int16" | "int32";

/** Integers as tensors hold them while a program runs. */
export type CodeArray = Int8Array | Int16Array | Int32Array;

/** One tensor of the program, for a batch of one. */
export interface ProgramTensor {
  /** Name of the ONNX value. */
  readonly name: string;
  /** Dimensions as in the model. */
  readonly dims: readonly number[];
  /** Dimensions in the order in which the codes are stored, outermost first; channels last for feature maps. */
  readonly storedDims: readonly number[];
  readonly type: CodeType;
  /** The codes stand for `scale · (code − zeroPoint)`; a float32 value. 1 and 0 for indices. */
  readonly scale: number;
  readonly zeroPoint: number;
  /** Every code lies between these. */
  readonly codeMin: number;
  readonly codeMax: number;
  /** How real values become codes. */
  readonly rounding: RoundingDirection;
}

/** What all operations have. */
export interface OperationBase {
  /** Name of the ONNX node that it was lowered from. */
  readonly node: string;
  /** ONNX operators that it carries out, the node's own first, for example `Conv + Relu`. */
  readonly operator: string;
  /** Indices of tensors. */
  readonly inputs: readonly number[];
  readonly output: number;
  readonly agreement: Agreement;
}

export type Operation =
  | Convolution
  | TransposedConvolution
  | Addition
  | Multiplication
  | MaxPooling
  | AveragePooling
  | Lookup
  | Interpolation
  | ChannelBounds
  | ChannelLinear
  | Rearrangement
  | Recurrent
  | Softmax
  | ArgMax;

export interface IntegerProgram {
  readonly tensors: readonly ProgramTensor[];
  /** Indices of the tensors that the caller gives and gets, in the order of the model. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** In the order in which they run. */
  readonly operations: readonly Operation[];
}

/** Agreement of an operation that is not compared with ONNX Runtime. */
export const UNCHECKED: Agreement = { checked: "none", difference: null, differing: 0 };

/** Agreement of an operation that only moves or compares codes. */
export const EXACT: Agreement = { checked: "codes", difference: 0, differing: 0 };
