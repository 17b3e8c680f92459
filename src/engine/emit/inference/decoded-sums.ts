/** Convolutions whose weights or codes are not plain bytes, and transposed ones: which kernel they take, and their arrays. */
import type { ChannelRequantization } from "../../program/arithmetic/requantization";
import type { Convolution, TransposedConvolution, WeightCodes } from "../../program/operations/convolution";
import type { CodeType, IntegerProgram, ProgramTensor } from "../../program/program";
import { BLOCK_MANTISSA_BITS, blocksPerChannel, packedPatterns, type WeightBlocks } from "../../program/weight-storage";
import { packedChannelBytes } from "../../schemes/packing";
import { decodedSumKernel, variantName, type SumVariant } from "./kernels/decoded-sums";
import type { Kernel } from "./kernels/kernel";
import { weightDecoding } from "./kernels/weight-decoding";
import type { SumRequantization } from "./kernels/wide-requantization";
import type { LayerArray, LayerCode, Member } from "./layers";
import { channelRequantizations, geometryMembers, requantizationArrays } from "./members";

type WeightedSum = Convolution | TransposedConvolution;

/** What is multiplied with weights. */
type SummedTensor = Pick<ProgramTensor, "type" | "zeroPoint" | "codeMin" | "codeMax">;

const INT32_MAX = 2 ** 31 - 1;

/** Whether weights and codes are bytes and sums have 32 bits, as the kernels that are made for speed take them. */
export function isByteSum(operation: Convolution, { tensors }: IntegerProgram): boolean {
  const { storage, blocks, weights, accumulatorBits, inputs, output } = operation;
  return (
    storage.kind === "plain" &&
    blocks === null &&
    weights instanceof Int8Array &&
    accumulatorBits === 32 &&
    [...inputs, output].every((index) => tensors[index].type === "int8")
  );
}

/** @param requantize the program's kernel of that name */
export function decodedSumCode(operation: WeightedSum, { tensors }: IntegerProgram, requantize: Kernel): LayerCode {
  const types = { input: tensors[operation.inputs[0]], output: tensors[operation.output].type };
  const variant = { ...variantOf(operation, types), transposed: operation.kind === "transposed-convolution" };
  const { arrays, members } = sumParts(operation, variant);
  const name = variantName(variant);
  const shape: Member[] = [
    ...geometryMembers(operation.geometry),
    ["input offset", operation.inputOffset],
    ["output offset", operation.outputOffset],
    ["activation minimum", operation.activationMin],
    ["activation maximum", operation.activationMax],
  ];
  return {
    kernel: decodedSumKernel(variant, requantize),
    arrays,
    structures: [{ name: `sums_${name}`, suffix: "_layer", members: [...members, ...shape] }],
    call: `convolve_${name}`,
    before: ["&_layer"],
    after: [],
  };
}

/** Rows of weights, whatever they are summed for. */
export type WeightRows = Pick<
  Convolution,
  "weights" | "storage" | "blocks" | "bias" | "biasShifts" | "requantization" | "accumulatorBits"
>;

/** The arrays of weights, biases and requantization, and the members that come before those of the shape. */
export function sumParts(rows: WeightRows, variant: SumVariant): Pick<LayerCode, "arrays"> & { members: Member[] } {
  const { storage, blocks, bias, biasShifts, weights } = rows;
  const { bits } = variant.decoding;
  const perChannel = weights.length / bias.length;
  const offsets = storage.kind === "packed" && variant.decoding.members.length > 0 ? storage.offsets : new Int32Array();
  const [only] = offsets;
  const arrays: LayerArray[] = [
    {
      type: variant.decoding.type,
      suffix: "_weights",
      values: storage.kind === "plain" ? plainWeights(weights) : packedPatterns(weights, bias.length, storage),
    },
    ...(offsets.length > 1 ? [{ type: "int32_t", suffix: "_weight_offsets", values: offsets } as const] : []),
    ...(storage.kind === "palette" ? [paletteArray(storage.palette)] : []),
    ...(blocks === null ? [] : [blockArray(blocks)]),
    {
      type: "int32_t",
      suffix: "_bias",
      values: Int32Array.from(bias, (value, channel) => value / 2 ** (biasShifts?.[channel] ?? 0)),
    },
    ...(biasShifts === null ? [] : [{ type: "uint8_t", suffix: "_bias_shifts", values: biasShifts } as const]),
    ...requantizationOf(channelRequantizations(rows), variant.requantization),
  ];
  const members: Member[] = [
    ...arrays.map(({ suffix }): Member => ["", suffix]),
    ...(offsets.length === 1 ? [["weight offset", only] satisfies Member] : []),
    bits === null ? ["weights of a channel", perChannel] : ["bytes of a channel", packedChannelBytes(perChannel, bits)],
    ...(blocks === null
      ? []
      : ([
          ["weights of a block", blocks.size],
          ["blocks of a channel", blocksPerChannel(perChannel, blocks)],
        ] satisfies Member[])),
  ];
  return { arrays, members };
}

/** The form of sums over rows of weights. */
export function variantOf(
  rows: WeightRows,
  { input, output }: { readonly input: SummedTensor; readonly output: CodeType },
): SumVariant {
  const { storage, weights, blocks, accumulatorBits, biasShifts, requantization } = rows;
  const value = Math.max(input.zeroPoint - input.codeMin, input.codeMax - input.zeroPoint);
  const largest = largestMagnitude(weights);
  const partBits = blocks === null ? accumulatorBits : value * largestBlockSum(rows) > INT32_MAX ? 64 : 32;
  const wideProducts = value * largest > INT32_MAX;
  return {
    decoding: weightDecoding(storage, weights.BYTES_PER_ELEMENT === 1 ? 1 : 2, wideProducts, partBits === 64),
    input: input.type,
    output,
    sumBits: accumulatorBits,
    partBits,
    blocks: blocks === null ? null : blocks.mantissas.some((mantissa) => mantissa > 1) ? "scaled" : "shifted",
    shiftedBias: biasShifts !== null,
    requantization: requantizationForm(
      requantization.map(({ rounding }) => rounding),
      accumulatorBits,
    ),
    transposed: false,
  };
}

function requantizationForm(roundings: readonly string[], accumulatorBits: 32 | 64): SumRequantization {
  if (roundings.every((rounding) => rounding === "half-even")) return "shift";
  if (accumulatorBits === 32) return "by-channel";
  return roundings.includes("up") ? "wide-up" : "wide";
}

function largestMagnitude(weights: WeightCodes): number {
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  return largest;
}

/** Most that the magnitudes of a block's weights add up to. */
function largestBlockSum({ weights, blocks, bias }: WeightRows): number {
  const perChannel = weights.length / bias.length;
  const size = blocks?.size ?? perChannel;
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    if ((i % perChannel) % size === 0) sum = 0;
    sum += Math.abs(weights[i]);
    largest = Math.max(largest, sum);
  }
  return largest;
}

function plainWeights(weights: WeightCodes): Int8Array | Int16Array {
  return weights instanceof Int8Array ? weights : Int16Array.from(weights);
}

function paletteArray(palette: Int8Array | Int16Array): LayerArray {
  return { type: palette instanceof Int8Array ? "int8_t" : "int16_t", suffix: "_palette", values: palette };
}

function blockArray({ mantissas, shifts }: WeightBlocks): LayerArray {
  const suffix = "_block_scales";
  return mantissas.some((mantissa) => mantissa > 1)
    ? {
        type: "uint16_t",
        suffix,
        values: mantissas.map((mantissa, block) => mantissa | (shifts[block] << BLOCK_MANTISSA_BITS)),
      }
    : { type: "uint8_t", suffix, values: shifts };
}

/** Where all channels are rounded in one way, their shifts say nothing else. */
function requantizationOf(channels: readonly ChannelRequantization[], form: SumRequantization): LayerArray[] {
  const [multipliers, shifts] = requantizationArrays(channels);
  if (form === "by-channel") return [multipliers, shifts];
  const alone = { ...shifts, values: Uint8Array.from(channels, ({ shift }) => shift) };
  return form === "shift" ? [alone] : [multipliers, alone];
}
