/** One operation in C: its constant arrays, the structure that describes it, and the call that runs it. */
import { BitwrightError } from "../../../protocol/errors";
import { elementCount } from "../../onnx/tensor";
import type { ChannelRequantization } from "../../program/arithmetic/requantization";
import type { Layout } from "../../program/layout";
import type { Convolution, ConvolutionGeometry } from "../../program/operations/convolution";
import type { Addition } from "../../program/operations/elementwise";
import type { AveragePooling, PoolingGeometry } from "../../program/operations/pooling";
import type { IntegerProgram, Operation } from "../../program/program";
import { convolutionKernel } from "./kernels/convolution";
import { additionKernel, gatherKernel, lookupKernel, scatterKernel } from "./kernels/elementwise";
import type { Kernel } from "./kernels/kernel";
import { averagePoolingKernel, maxPoolingKernel } from "./kernels/pooling";
import { shiftByte } from "./kernels/requantization";
import { blockedChannels, convolutionVariant, packedWeights } from "./weight-order";

/** A constant array of a layer. */
export interface LayerArray {
  readonly type: "int8_t" | "uint8_t" | "int32_t";
  readonly suffix: string;
  readonly values: Int8Array | Uint8Array | Int32Array;
}

/** One member of a structure; a text is the suffix of an array of the same layer. */
export type Member = readonly [comment: string, value: number | string | readonly number[]];

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
}

/** @param requantize the program's kernel of that name */
export function layerCode(operation: Operation, program: IntegerProgram, requantize: Kernel): LayerCode {
  const count = elementCount(program.tensors[operation.output].dims);
  switch (operation.kind) {
    case "convolution":
      return convolutionCode(operation, requantize);
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
    case "transposition":
      return rearrangementCode(operation.direction, operation.layout, operation.node);
  }
}

function convolutionCode(operation: Convolution, requantize: Kernel): LayerCode {
  const { geometry, bias, requantization, inputOffset, outputOffset, activationMin, activationMax } = operation;
  const variant = convolutionVariant(geometry);
  const channels = Array.from(
    { length: geometry.outputChannels },
    (_, channel) => requantization[requantization.length === 1 ? 0 : channel],
  );
  return {
    kernel: convolutionKernel(variant, requantize),
    arrays: [
      { type: "int8_t", suffix: "_weights", values: packedWeights(operation) },
      { type: "int32_t", suffix: "_bias", values: Int32Array.from(blockedChannels(geometry, [...bias], 0)) },
      ...requantizationArrays(blockedChannels(geometry, channels, channels[0])),
    ],
    structures: [
      {
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
      },
    ],
    call: `convolve_${variant}`,
    before: ["&_layer"],
    after: [],
  };
}

function requantizationArrays(channels: readonly ChannelRequantization[]): LayerArray[] {
  return [
    { type: "int32_t", suffix: "_multipliers", values: Int32Array.from(channels, ({ multiplier }) => multiplier) },
    { type: "uint8_t", suffix: "_shifts", values: Uint8Array.from(channels, shiftByte) },
  ];
}

function geometryMembers(geometry: ConvolutionGeometry): Member[] {
  const g = geometry;
  return [
    ["input height", g.inputHeight],
    ["input width", g.inputWidth],
    ["input channels", g.inputChannels],
    ["output height", g.outputHeight],
    ["output width", g.outputWidth],
    ["output channels", g.outputChannels],
    ["groups", g.groups],
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
  return {
    kernel: averagePoolingKernel(requantize),
    arrays: [
      { type: "int32_t", suffix: "_counts", values: Int32Array.from(requantizations, ({ count }) => count) },
      ...requantizationArrays(requantizations.map(({ channel }) => channel)),
    ],
    structures: [
      { name: "pooling", suffix: "_layer", members: poolingMembers(geometry) },
      {
        name: "average",
        suffix: "_average",
        members: [
          ["", "_counts"],
          ["", "_multipliers"],
          ["", "_shifts"],
          ["counted height", countIncludePad ? paddedHeight : geometry.inputHeight],
          ["counted width", countIncludePad ? paddedWidth : geometry.inputWidth],
          ["counted above", countIncludePad ? 0 : geometry.padTop],
          ["counted to the left", countIncludePad ? 0 : geometry.padLeft],
          ["input offset", operation.inputOffset],
          ["output offset", operation.outputOffset],
          ["activation minimum", operation.activationMin],
          ["activation maximum", operation.activationMax],
        ],
      },
    ],
    call: "pool_average",
    before: ["&_layer", "&_average"],
    after: [],
  };
}

function additionCode(operation: Addition): LayerCode {
  const { multiplierA, multiplierB, offset, shift, rounding, activationMin, activationMax, innerCount } = operation;
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
    after: [String(innerCount)],
  };
}

const MAX_LOOPS = 4;

function rearrangementCode(direction: "gather" | "scatter", layout: Layout, node: string): LayerCode {
  if (layout.length > MAX_LOOPS) {
    throw new BitwrightError(
      "operator-unsupported",
      "its elements are rearranged over more than four axes",
      "Simplify the model there",
      {
        layer: node,
      },
    );
  }
  const filled = [...Array<Layout[number]>(MAX_LOOPS - layout.length).fill({ size: 1, stride: 0 }), ...layout];
  return {
    kernel: direction === "gather" ? gatherKernel : scatterKernel,
    arrays: [],
    structures: [
      {
        name: "rearrangement",
        suffix: "_layer",
        members: [
          ["sizes", filled.map(({ size }) => size)],
          ["strides", filled.map(({ stride }) => stride)],
        ],
      },
    ],
    call: direction,
    before: ["&_layer"],
    after: [],
  };
}
