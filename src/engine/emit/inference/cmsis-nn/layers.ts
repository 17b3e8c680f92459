/**
 * Operations that CMSIS-NN has a function for that computes the same, code for code; all others keep the portable kernels.
 *
 * The library requantizes in one of two ways, which is settled when it is compiled: with gemmlowp's two roundings, or, with
 * `CMSIS_NN_USE_SINGLE_ROUNDING`, with one.
 */
import type { ChannelRounding } from "../../../program/arithmetic/requantization";
import type { Convolution } from "../../../program/operations/convolution";
import type { Addition } from "../../../program/operations/elementwise";
import type { AveragePooling, MaxPooling, PoolingGeometry } from "../../../program/operations/pooling";
import type { IntegerProgram, Operation } from "../../../program/program";
import type { Kernel } from "../kernels/kernel";
import type { LayerArray, LayerCode, Member } from "../layers";
import { geometryMembers } from "../members";
import {
  cmsisAddition,
  cmsisAveragePooling,
  cmsisConvolution,
  cmsisDense,
  cmsisDepthwise,
  cmsisMaxPooling,
} from "./kernels";

/** Fraction bits of a multiplier: the library shifts by 31 less its `shift`. */
const MULTIPLIER_BITS = 31;

/**
 * Left shift of the inputs of an addition. Codes less their zero point are between -255 and 255, which 23 bits more keep
 * in 32; with 8 bits behind a multiplier of 23 bits the product ends in 31 zeros, so that the library's rounding of it takes
 * nothing away.
 */
const ADDITION_LEFT_SHIFT = 23;
const ADDITION_MULTIPLIER_BITS = 23;

/** How the compiled library rounds, as far as a program relies on it. */
export type LibraryRounding = Extract<ChannelRounding, "double" | "half-up">;

/** @returns null where the library has nothing that computes the same */
export function cmsisLayerCode(
  operation: Operation,
  { tensors }: IntegerProgram,
  rounding: LibraryRounding,
  scratch: Kernel,
): LayerCode | null {
  if ([...operation.inputs, operation.output].some((tensor) => tensors[tensor].type !== "int8")) return null;
  if (operation.kind === "convolution") return convolution(operation, rounding, scratch);
  if (operation.kind === "max-pooling") return maxPooling(operation, scratch);
  if (operation.kind === "average-pooling") return averagePooling(operation, scratch);
  if (operation.kind !== "addition") return null;
  const [a, b] = operation.inputs.map((tensor) => tensors[tensor].zeroPoint);
  return addition(operation, a, b, tensors[operation.output].zeroPoint);
}

function convolution(operation: Convolution, rounding: LibraryRounding, scratch: Kernel): LayerCode | null {
  const { geometry: g, weights, bias, requantization } = operation;
  const depthwise = g.groups > 1 && g.groups === g.inputChannels;
  if (!(weights instanceof Int8Array) || !(bias instanceof Int32Array)) return null;
  if (operation.storage.kind !== "plain" || operation.blocks !== null || operation.biasShifts !== null) return null;
  if (g.groups > 1 && !depthwise) return null;
  if (requantization.some((channel) => channel.rounding !== rounding)) return null;
  const dense = !depthwise && requantization.length === 1 && isOnePixel(operation);
  const channelOf = (channel: number) => requantization[requantization.length === 1 ? 0 : channel];
  const perChannel = <T>(of: (channel: ReturnType<typeof channelOf>) => T) =>
    Array.from({ length: g.outputChannels }, (_, channel) => of(channelOf(channel)));
  const arrays: LayerArray[] = [
    { type: "int8_t", suffix: "_weights", values: depthwise ? channelsLastWeights(operation, weights) : weights },
    { type: "int32_t", suffix: "_bias", values: bias },
    { type: "int32_t", suffix: "_multipliers", values: Int32Array.from(perChannel(({ multiplier }) => multiplier)) },
    {
      type: "int32_t",
      suffix: "_shifts",
      values: Int32Array.from(perChannel(({ shift }) => MULTIPLIER_BITS - shift)),
    },
  ];
  const members: Member[] = [
    ["", "_weights"],
    ["", "_bias"],
    ["", "_multipliers"],
    ["", "_shifts"],
    ...geometryMembers({ ...g, groups: undefined }),
    ["input offset", operation.inputOffset],
    ["output offset", operation.outputOffset],
    ["activation minimum", operation.activationMin],
    ["activation maximum", operation.activationMax],
  ];
  const kernel = dense ? cmsisDense(scratch) : depthwise ? cmsisDepthwise(scratch) : cmsisConvolution(scratch);
  return layer(kernel, arrays, "cmsis_sum", members);
}

function isOnePixel({ geometry: g }: Convolution): boolean {
  return [g.inputHeight, g.inputWidth, g.outputHeight, g.outputWidth, g.kernelHeight, g.kernelWidth].every(
    (size) => size === 1,
  );
}

/** [kernel height][kernel width][channels] */
function channelsLastWeights({ geometry }: Convolution, weights: Int8Array): Int8Array {
  const taps = geometry.kernelHeight * geometry.kernelWidth;
  const channels = geometry.outputChannels;
  return Int8Array.from(weights, (_, at) => weights[(at % channels) * taps + Math.floor(at / channels)]);
}

function maxPooling({ geometry }: MaxPooling, scratch: Kernel): LayerCode | null {
  if (isDilated(geometry)) return null;
  const members: Member[] = [...shapeMembers(geometry), ["activation minimum", -128], ["activation maximum", 127]];
  return layer(cmsisMaxPooling(scratch), [], "cmsis_pool", members);
}

/**
 * The library divides the sum of the codes and rounds halves away from zero; the program rounds them to even. They are the same
 * where no average falls on a half: where only odd numbers of codes are averaged.
 */
function averagePooling(operation: AveragePooling, scratch: Kernel): LayerCode | null {
  const { geometry: g, requantizations, countIncludePad, inputOffset, outputOffset } = operation;
  const padded =
    g.padTop > 0 ||
    g.padLeft > 0 ||
    (g.outputHeight - 1) * g.strideHeight + g.kernelHeight > g.inputHeight ||
    (g.outputWidth - 1) * g.strideWidth + g.kernelWidth > g.inputWidth;
  const odd = (g.kernelHeight * g.kernelWidth) % 2 === 1 && !padded;
  if (isDilated(g) || requantizations !== null || !odd || countIncludePad || inputOffset !== -outputOffset) return null;
  const members: Member[] = [
    ...shapeMembers(g),
    ["activation minimum", operation.activationMin],
    ["activation maximum", operation.activationMax],
  ];
  return layer(cmsisAveragePooling(scratch), [], "cmsis_pool", members);
}

/** The library does not dilate windows of pooling. */
function shapeMembers(geometry: PoolingGeometry): Member[] {
  return geometryMembers({ ...geometry, dilationHeight: undefined, dilationWidth: undefined });
}

function isDilated({ dilationHeight, dilationWidth }: PoolingGeometry): boolean {
  return dilationHeight > 1 || dilationWidth > 1;
}

/**
 * The library scales both inputs, adds, and scales the sum. Multipliers of 23 bits pass its rounding unchanged, and a multiplier of
 * `2^(31 − shift)` for the sum makes its one rounding the program's: half up.
 */
function addition(operation: Addition, a: number, b: number, output: number): LayerCode | null {
  const { multiplierA, multiplierB, offset, shift, rounding, outerCount, innerCount } = operation;
  const fits = (multiplier: number) => multiplier > 0 && multiplier < 2 ** ADDITION_MULTIPLIER_BITS;
  const plain = offset === output * 2 ** shift - a * multiplierA - b * multiplierB;
  if (!fits(multiplierA) || !fits(multiplierB) || !plain || rounding !== "half-up" || outerCount !== 1) return null;
  const scaled = 2 ** (MULTIPLIER_BITS - ADDITION_LEFT_SHIFT);
  const members: Member[] = [
    ["offset of the first input", -a],
    ["multiplier of the first input", multiplierA * scaled],
    ["offset of the second input", -b],
    ["multiplier of the second input", multiplierB * scaled],
    ["left shift", ADDITION_LEFT_SHIFT],
    ["output offset", output],
    ["multiplier of the sum", 2 ** (MULTIPLIER_BITS - shift)],
    ["activation minimum", operation.activationMin],
    ["activation maximum", operation.activationMax],
  ];
  return { ...layer(cmsisAddition, [], "cmsis_addition", members), after: [String(innerCount)] };
}

function layer(
  kernel: Kernel,
  arrays: readonly LayerArray[],
  structure: string,
  members: readonly Member[],
): LayerCode {
  const call = kernel.names[kernel.names.length - 1];
  return {
    kernel,
    arrays,
    structures: [{ name: structure, suffix: "_layer", members }],
    call,
    before: ["&_layer"],
    after: [],
  };
}
