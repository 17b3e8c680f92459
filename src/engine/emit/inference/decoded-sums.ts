/** Convolutions whose weights or codes are not plain bytes: which kernel they take, and their arrays. */
import type { ChannelRequantization } from "../../program/arithmetic/requantization";
import type { Convolution, TransposedConvolution, WeightCodes } from "../../program/operations/convolution";
import type { IntegerProgram } from "../../program/program";
import { BLOCK_MANTISSA_BITS, blocksPerChannel, packedPatterns, type WeightBlocks } from "../../program/weight-storage";
import { packedChannelBytes } from "../../schemes/packing";
import { decodedSumKernel, variantName, type SumVariant } from "./kernels/decoded-sums";
import type { Kernel } from "./kernels/kernel";
import { weightDecoding } from "./kernels/weight-decoding";
import type { SumRequantization } from "./kernels/wide-requantization";
import type { LayerArray, LayerCode, Member } from "./layers";
import { channelRequantizations, geometryMembers, requantizationArrays } from "./members";

type WeightedSum = Convolution | TransposedConvolution;

const INT32_MAX = 2 ** 31 - 1;

/** Whether weights and codes are bytes and sums have 32 bits, as the kernels that are made for speed take them. */
export function isByteSum(operation: WeightedSum, { tensors }: IntegerProgram): boolean {
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
export function decodedSumCode(operation: WeightedSum, program: IntegerProgram, requantize: Kernel): LayerCode {
  const { geometry, storage, blocks, bias, biasShifts, weights } = operation;
  const variant = variantOf(operation, program);
  const { bits } = variant.decoding;
  const perChannel = weights.length / geometry.outputChannels;
  const offsets = storage.kind === "packed" && variant.decoding.members.length > 0 ? storage.offsets : new Int32Array();
  const [only] = offsets;
  const arrays: LayerArray[] = [
    {
      type: variant.decoding.type,
      suffix: "_weights",
      values:
        storage.kind === "plain" ? plainWeights(weights) : packedPatterns(weights, geometry.outputChannels, storage),
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
    ...requantizationOf(channelRequantizations(operation), variant.requantization),
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
    ...geometryMembers(geometry),
    ["input offset", operation.inputOffset],
    ["output offset", operation.outputOffset],
    ["activation minimum", operation.activationMin],
    ["activation maximum", operation.activationMax],
  ];
  const name = variantName(variant);
  return {
    kernel: decodedSumKernel(variant, requantize),
    arrays,
    structures: [{ name: `sums_${name}`, suffix: "_layer", members }],
    call: `convolve_${name}`,
    before: ["&_layer"],
    after: [],
  };
}

function variantOf(operation: WeightedSum, { tensors }: IntegerProgram): SumVariant {
  const { storage, weights, blocks, accumulatorBits, biasShifts, requantization, inputs, output } = operation;
  const input = tensors[inputs[0]];
  const value = Math.max(input.zeroPoint - input.codeMin, input.codeMax - input.zeroPoint);
  const largest = largestMagnitude(weights);
  const partBits = blocks === null ? accumulatorBits : value * largestBlockSum(operation) > INT32_MAX ? 64 : 32;
  const wideProducts = value * largest > INT32_MAX;
  return {
    decoding: weightDecoding(storage, weights.BYTES_PER_ELEMENT === 1 ? 1 : 2, wideProducts, partBits === 64),
    input: input.type,
    output: tensors[output].type,
    sumBits: accumulatorBits,
    partBits,
    blocks: blocks === null ? null : blocks.mantissas.some((mantissa) => mantissa > 1) ? "scaled" : "shifted",
    shiftedBias: biasShifts !== null,
    requantization: requantizationForm(
      requantization.map(({ rounding }) => rounding),
      accumulatorBits,
    ),
    transposed: operation.kind === "transposed-convolution",
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
function largestBlockSum({ weights, blocks, geometry }: WeightedSum): number {
  const perChannel = weights.length / geometry.outputChannels;
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
