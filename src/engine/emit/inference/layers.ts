/** One operation in C: its constant arrays, the structure that describes it, and the call that runs it. */
import { BitwrightError } from "../../../protocol/errors";
import { elementCount } from "../../onnx/tensor";
import { RECIPROCAL_BITS, type Softmax } from "../../program/operations/classification";
import type { Convolution, TransposedConvolution } from "../../program/operations/convolution";
import type { Addition, Multiplication } from "../../program/operations/elementwise";
import type { Rearrangement, RearrangementLoop } from "../../program/operations/movement";
import type { AveragePooling, PoolingGeometry } from "../../program/operations/pooling";
import type { IntegerProgram, Operation } from "../../program/program";
import { channelBoundsCode } from "./channel-bounds";
import { argMaxKernel, softmaxKernel } from "./kernels/classification";
import { convolutionKernel } from "./kernels/convolution";
import { transposedConvolutionKernel } from "./kernels/convolution-transposed";
import { additionKernel, lookupKernel, multiplicationKernel } from "./kernels/elementwise";
import { withNeeded, type Kernel } from "./kernels/kernel";
import { fillKernel, gatherKernel, MAX_LOOPS, scatterKernel } from "./kernels/movement";
import { averagePoolingKernel, maxPoolingKernel } from "./kernels/pooling";
import { decodedSumCode, isByteSum } from "./decoded-sums";
import { channelRequantizations, geometryMembers, requantizationArrays } from "./members";
import { blockedChannels, convolutionForm, packedWeights } from "./weight-order";

/** A constant array of a layer. */
export interface LayerArray {
  readonly type: "int8_t" | "uint8_t" | "int16_t" | "uint16_t" | "int32_t";
  readonly suffix: string;
  readonly values: Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;
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
  /** What is written to the whole output before. */
  readonly fill?: { readonly code: number; readonly count: number };
}

/** All kernels that the layers need, in an order in which they can stand. */
export function kernelsOf(codes: readonly LayerCode[]): Kernel[] {
  return withNeeded(codes.flatMap(({ kernel, fill }) => (fill === undefined ? [kernel] : [fillKernel, kernel])));
}

/** @param requantize the program's kernel of that name */
export function layerCode(operation: Operation, program: IntegerProgram, requantize: Kernel): LayerCode {
  const count = elementCount(program.tensors[operation.output].dims);
  switch (operation.kind) {
    case "convolution":
    case "transposed-convolution":
      return weightedSumCode(operation, program, requantize);
    case "addition":
      return additionCode(operation);
    case "max-pooling": {
      const structures = [{ name: "pooling", suffix: "_layer", members: poolingMembers(operation.geometry) }];
      return { kernel: maxPoolingKernel, arrays: [], structures, call: "pool_max", before: ["&_layer"], after: [] };
    }
    case "average-pooling":
      return averageCode(operation, requantize);
    case "lookup":
      return {
        kernel: lookupKernel,
        arrays: [{ type: "int8_t", suffix: "_table", values: operation.table }],
        structures: [],
        call: "look_up",
        before: ["_table"],
        after: [String(count)],
      };
    case "channel-bounds":
      return channelBoundsCode(operation);
    case "multiplication":
      return multiplicationCode(operation);
    case "rearrangement":
      return rearrangementCode(operation, count);
    case "softmax":
      return softmaxCode(operation);
    case "arg-max": {
      const { outerCount, innerCount, selectLast } = operation;
      const after = [outerCount, innerCount, selectLast ? 1 : 0].map(String);
      return { kernel: argMaxKernel, arrays: [], structures: [], call: "arg_max", before: [], after };
    }
  }
}

/** Plain weights and codes of 8 bits have kernels of their own. */
function weightedSumCode(
  operation: Convolution | TransposedConvolution,
  program: IntegerProgram,
  requantize: Kernel,
): LayerCode {
  if (!isByteSum(operation, program)) return decodedSumCode(operation, program, requantize);
  return operation.kind === "convolution"
    ? convolutionCode(operation, requantize)
    : transposedCode(operation, requantize);
}

function convolutionCode(operation: Convolution, requantize: Kernel): LayerCode {
  const { geometry } = operation;
  const { kernel, bias } = convolutionForm(operation);
  const channels = channelRequantizations(operation);
  return {
    kernel: convolutionKernel(kernel, requantize),
    arrays: [
      { type: "int8_t", suffix: "_weights", values: packedWeights(operation, kernel) },
      { type: "int32_t", suffix: "_bias", values: Int32Array.from(blockedChannels(geometry, kernel, [...bias], 0)) },
      ...requantizationArrays(blockedChannels(geometry, kernel, channels, channels[0])),
    ],
    structures: [convolutionStructure(operation)],
    call: `convolve_${kernel}`,
    before: ["&_layer"],
    after: [],
  };
}

function transposedCode(operation: TransposedConvolution, requantize: Kernel): LayerCode {
  return {
    kernel: transposedConvolutionKernel(requantize),
    arrays: [
      { type: "int8_t", suffix: "_weights", values: Int8Array.from(operation.weights) },
      { type: "int32_t", suffix: "_bias", values: Int32Array.from(operation.bias) },
      ...requantizationArrays(channelRequantizations(operation)),
    ],
    structures: [convolutionStructure(operation)],
    call: "convolve_transposed",
    before: ["&_layer"],
    after: [],
  };
}

function convolutionStructure(operation: Convolution | TransposedConvolution): LayerStructure {
  const { geometry, inputOffset, outputOffset, activationMin, activationMax } = operation;
  return {
    name: "convolution",
    suffix: "_layer",
    members: [
      ["", "_weights"],
      ["", "_bias"],
      ["", "_multipliers"],
      ["", "_shifts"],
      ...geometryMembers(geometry),
      ["input offset", inputOffset],
      ["output offset", outputOffset],
      ["activation minimum", activationMin],
      ["activation maximum", activationMax],
    ],
  };
}

function poolingMembers(g: PoolingGeometry): Member[] {
  return [
    ["input height", g.inputHeight],
    ["input width", g.inputWidth],
    ["channels", g.channels],
    ["output height", g.outputHeight],
    ["output width", g.outputWidth],
    ["kernel height", g.kernelHeight],
    ["kernel width", g.kernelWidth],
    ["stride height", g.strideHeight],
    ["stride width", g.strideWidth],
    ["dilation height", g.dilationHeight],
    ["dilation width", g.dilationWidth],
    ["padding above", g.padTop],
    ["padding to the left", g.padLeft],
  ];
}

function averageCode(operation: AveragePooling, requantize: Kernel): LayerCode {
  const { geometry, requantizations, countIncludePad, paddedHeight, paddedWidth } = operation;
  const divides = requantizations === null;
  return {
    kernel: averagePoolingKernel(divides ? null : requantize),
    arrays: divides
      ? []
      : [
          { type: "int32_t", suffix: "_counts", values: Int32Array.from(requantizations, ({ count }) => count) },
          ...requantizationArrays(requantizations.map(({ channel }) => channel)),
        ],
    structures: [
      { name: "pooling", suffix: "_layer", members: poolingMembers(geometry) },
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
    call: divides ? "pool_average_divided" : "pool_average",
    before: ["&_layer", "&_average"],
    after: [],
  };
}

function additionCode(operation: Addition): LayerCode {
  const { multiplierA, multiplierB, offset, shift, rounding, activationMin, activationMax } = operation;
  const { outerCount, innerCount } = operation;
  const half = 2 ** (shift - 1);
  return {
    kernel: additionKernel(rounding === "half-even"),
    arrays: [],
    structures: [
      {
        name: "addition",
        suffix: "_layer",
        members: [
          ["multiplier of the first input", multiplierA],
          ["multiplier of the second input", multiplierB],
          ["offset, with what rounding adds", offset + (rounding === "half-up" ? half : half - 1)],
          ["shift", shift],
          ["activation minimum", activationMin],
          ["activation maximum", activationMax],
        ],
      },
    ],
    call: rounding === "half-even" ? "add_half_even" : "add",
    before: ["&_layer"],
    after: [String(outerCount), String(innerCount)],
  };
}

function multiplicationCode(operation: Multiplication): LayerCode {
  return {
    kernel: multiplicationKernel(operation.rounding),
    arrays: [],
    structures: [
      {
        name: "multiplication",
        suffix: "_layer",
        members: [
          ["offset of the first input", operation.offsetA],
          ["offset of the second input", operation.offsetB],
          ["multiplier", operation.multiplier],
          ["output offset", operation.outputOffset],
          ["shift", operation.shift],
          ["activation minimum", operation.activationMin],
          ["activation maximum", operation.activationMax],
        ],
      },
    ],
    call: `multiply_${operation.rounding.replace("-", "_")}`,
    before: ["&_layer"],
    after: [String(operation.outerCount), String(operation.innerCount)],
  };
}

function softmaxCode(operation: Softmax): LayerCode {
  return {
    kernel: softmaxKernel,
    arrays: [{ type: "int32_t", suffix: "_table", values: operation.table }],
    structures: [
      {
        name: "softmax",
        suffix: "_layer",
        members: [
          ["", "_table"],
          ["rows", operation.outerCount],
          ["codes in a row", operation.innerCount],
          [`one over the output scale, ${RECIPROCAL_BITS} fraction bits`, operation.reciprocal],
          ["output offset", operation.outputOffset],
          ["activation minimum", operation.activationMin],
          ["activation maximum", operation.activationMax],
        ],
      },
    ],
    call: "soft_max",
    before: ["&_layer"],
    after: [],
  };
}

function rearrangementCode({ direction, offset, loops, fill, node }: Rearrangement, outputCount: number): LayerCode {
  if (loops.length > MAX_LOOPS) {
    throw new BitwrightError(
      "operator-unsupported",
      `its elements are rearranged over more than ${MAX_LOOPS} axes`,
      "Simplify the model there",
      { layer: node },
    );
  }
  const filled = [...Array<RearrangementLoop>(MAX_LOOPS - loops.length).fill({ size: 1, stride: 0 }), ...loops];
  return {
    kernel: direction === "gather" ? gatherKernel : scatterKernel,
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
    call: direction,
    before: ["&_layer"],
    after: [],
    ...(fill !== null && { fill: { code: fill, count: outputCount } }),
  };
}
