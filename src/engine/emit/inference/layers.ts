/** One operation in C: its constant arrays, the structure that describes it, and the call that runs it. */
import { BitwrightError } from "../../../protocol/errors";
import { elementCount } from "../../onnx/tensor";
import type { Rearrangement, RearrangementLoop } from "../../program/operations/movement";
import type { AveragePooling } from "../../program/operations/pooling";
import type { CodeType, IntegerProgram, Operation } from "../../program/program";
import { channelBoundsCode } from "./channel-bounds";
import { channelLinearCode } from "./channel-linear";
import { withNeeded, type Kernel } from "./kernels/kernel";
import { fillKernel, MAX_LOOPS, rearrangementKernel } from "./kernels/movement";
import { averagePoolingKernel, maxPoolingKernel } from "./kernels/pooling";
import { byteSumCode } from "./byte-sums";
import { decodedSumCode, isByteSum } from "./decoded-sums";
import { additionCode, interpolationCode, lookupCode, multiplicationCode } from "./elementwise";
import type { Optimization } from "./emission";
import { geometryMembers, requantizationArrays } from "./members";
import { recurrentCode } from "./recurrent";
import { argMaxCode, softmaxCode } from "./rows";

/** A constant array of a layer. */
export interface LayerArray {
  readonly type: "int8_t" | "uint8_t" | "int16_t" | "uint16_t" | "int32_t" | "int64_t";
  readonly suffix: string;
  readonly values: Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Float64Array;
  /** The macro that values are arguments of, two at a time. */
  readonly pairs?: string;
}

/** One member of a structure; a text is the suffix of an array of the same layer, null a pointer to nothing. */
export type Member = readonly [comment: string, value: number | string | null | readonly number[]];

export interface LayerStructure {
  readonly name: string;
  readonly suffix: string;
  readonly members: readonly Member[];
}

export interface LayerCode {
  readonly kernel: Kernel;
  readonly arrays: readonly LayerArray[];
  readonly structures: readonly LayerStructure[];
  /** The function, and its arguments before and after the tensors; texts that begin with `&` are structures of the layer. */
  readonly call: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** What stands for the tensors in the call, indices or suffixes of arrays; the inputs and the output where undefined. */
  readonly tensors?: readonly (number | string)[];
  /** What is written to the whole output before. */
  readonly fill?: { readonly kernel: Kernel; readonly code: number; readonly count: number };
}

/** All kernels that the layers need, in an order in which they can stand. */
export function kernelsOf(codes: readonly LayerCode[]): Kernel[] {
  return withNeeded(codes.flatMap(({ kernel, fill }) => (fill === undefined ? [kernel] : [fill.kernel, kernel])));
}

/** @param requantize the program's kernel of that name */
export function layerCode(
  operation: Operation,
  program: IntegerProgram,
  requantize: Kernel,
  optimize: Optimization = "speed",
): LayerCode {
  const output = program.tensors[operation.output];
  const count = elementCount(output.dims);
  const [first, second = first] = operation.inputs.map((index) => program.tensors[index].type);
  switch (operation.kind) {
    case "convolution":
      return optimize === "speed" && isByteSum(operation, program)
        ? byteSumCode(operation, requantize)
        : decodedSumCode(operation, program, requantize);
    case "transposed-convolution":
      return decodedSumCode(operation, program, requantize);
    case "addition":
      return additionCode(operation, [first, second, output.type]);
    case "max-pooling": {
      const structures = [{ name: "pooling", suffix: "_layer", members: geometryMembers(operation.geometry) }];
      const kernel = maxPoolingKernel(first);
      return { kernel, arrays: [], structures, call: kernel.names[0], before: ["&_layer"], after: [] };
    }
    case "average-pooling":
      return averageCode(operation, requantize, first, output.type);
    case "lookup":
      return lookupCode(operation, count);
    case "interpolation":
      return interpolationCode(operation, output.type, count);
    case "channel-bounds":
      return channelBoundsCode(operation, first === "int8" ? "int8" : "int16");
    case "channel-linear":
      return channelLinearCode(operation, first, output.type);
    case "multiplication":
      return multiplicationCode(operation, [first, second, output.type]);
    case "rearrangement":
      return rearrangementCode(operation, first, count);
    case "recurrent":
      return recurrentCode(operation, program, requantize, optimize);
    case "softmax":
      return softmaxCode(operation, first, output.type);
    case "arg-max":
      return argMaxCode(operation, first);
  }
}

function averageCode(operation: AveragePooling, requantize: Kernel, input: CodeType, output: CodeType): LayerCode {
  const { geometry, requantizations, countIncludePad, paddedHeight, paddedWidth } = operation;
  const divides = requantizations === null;
  const kernel = averagePoolingKernel(divides ? null : requantize, input, output);
  return {
    kernel,
    arrays: divides
      ? []
      : [
          { type: "int32_t", suffix: "_counts", values: Int32Array.from(requantizations, ({ count }) => count) },
          ...requantizationArrays(requantizations.map(({ channel }) => channel)),
        ],
    structures: [
      { name: "pooling", suffix: "_layer", members: geometryMembers(geometry) },
      {
        name: "average",
        suffix: "_average",
        members: [
          ["counted height", countIncludePad ? paddedHeight : geometry.inputHeight],
          ["counted width", countIncludePad ? paddedWidth : geometry.inputWidth],
          ["counted above", countIncludePad ? 0 : geometry.padTop],
          ["counted to the left", countIncludePad ? 0 : geometry.padLeft],
          ["input offset", operation.inputOffset],
          ["output offset", operation.outputOffset],
          ["activation minimum", operation.activationMin],
          ["activation maximum", operation.activationMax],
          ["", divides ? null : "_counts"],
          ["", divides ? null : "_multipliers"],
          ["", divides ? null : "_shifts"],
        ],
      },
    ],
    call: kernel.names[0],
    before: ["&_layer", "&_average"],
    after: [],
  };
}

function rearrangementCode(
  { direction, offset, loops, fill, node }: Rearrangement,
  type: CodeType,
  outputCount: number,
): LayerCode {
  if (loops.length > MAX_LOOPS) {
    throw new BitwrightError(
      "operator-unsupported",
      `its elements are rearranged over more than ${MAX_LOOPS} axes`,
      "Simplify the model there",
      { layer: node },
    );
  }
  const kernel = rearrangementKernel(direction, type);
  const filled = [...Array<RearrangementLoop>(MAX_LOOPS - loops.length).fill({ size: 1, stride: 0 }), ...loops];
  return {
    kernel,
    arrays: [],
    structures: [
      {
        name: "rearrangement",
        suffix: "_layer",
        members: [
          ["codes", loops.reduce((product, { size }) => product * size, 1)],
          ["offset", offset],
          ["sizes", filled.map(({ size }) => size)],
          ["strides", filled.map(({ stride }) => stride)],
        ],
      },
    ],
    call: kernel.names[0],
    before: ["&_layer"],
    after: [],
    ...(fill !== null && { fill: { kernel: fillKernel(type), code: fill, count: outputCount } }),
  };
}
