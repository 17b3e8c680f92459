/**
 * How the integers of a layer's weights stand in flash. A program multiplies integers; storage says with how many bits, and
 * what the target makes of a pattern of bits in its inner loop. It never changes a sum.
 *
 * Patterns of a channel follow each other, low bits first, and every output channel begins with a whole byte.
 */
import { packPatterns } from "../schemes/packing";
import type { WeightCodes } from "./operations/convolution";

export type WeightStorage =
  /** Signed integers of 8 or 16 bits as they are. */
  | { readonly kind: "plain" }
  /** `integer = pattern + offset`: of all channels, or one of each. */
  | { readonly kind: "packed"; readonly bits: number; readonly offsets: Int32Array }
  /** ±1 … ±2^(bits−1): `integer = pattern − 2^(bits−1)`, and one more from the upper half of the patterns on. */
  | { readonly kind: "without-zero"; readonly bits: number }
  /** `integer = palette[pattern]`, with one palette for all channels or one for each. */
  | { readonly kind: "palette"; readonly bits: number; readonly palette: Int8Array | Int16Array }
  /** Sign in the top bit, below it 0 for 0 or e for 2^(e−1): products are shifts. */
  | { readonly kind: "log2"; readonly bits: number };

/** A scale of its own for every `size` weights of a channel: `mantissa · 2^shift`, a whole number below 2^53. */
export interface WeightBlocks {
  readonly size: number;
  /** [channels][blocks of a channel]; below 2^11. */
  readonly mantissas: Uint16Array;
  readonly shifts: Uint8Array;
}

/** Largest mantissa of a block: those of half precision. */
export const BLOCK_MANTISSA_BITS = 11;

export const PLAIN: WeightStorage = { kind: "plain" };

export function blocksPerChannel(perChannel: number, { size }: WeightBlocks): number {
  return Math.ceil(perChannel / size);
}

/**
 * The weights as they enter the sums: times their block's scale.
 * @param weights [channels][perChannel]
 */
export function scaledWeights(
  weights: WeightCodes,
  perChannel: number,
  blocks: WeightBlocks | null,
): WeightCodes | Float64Array {
  if (blocks === null) return weights;
  const perRow = blocksPerChannel(perChannel, blocks);
  return Float64Array.from(weights, (weight, at) => {
    const channel = Math.floor(at / perChannel);
    const block = channel * perRow + Math.floor((at % perChannel) / blocks.size);
    return weight * blocks.mantissas[block] * 2 ** blocks.shifts[block];
  });
}

/** Packed patterns; every channel begins with a whole byte. @throws RangeError never for weights of this storage */
export function packedPatterns(
  weights: WeightCodes,
  channels: number,
  storage: Exclude<WeightStorage, { readonly kind: "plain" }>,
): Uint8Array {
  const perChannel = weights.length / channels;
  const patterns = storage.bits <= 8 ? new Uint8Array(weights.length) : new Uint16Array(weights.length);
  for (let channel = 0; channel < channels; channel++) {
    const patternOf = patternFunction(storage, channel);
    const end = (channel + 1) * perChannel;
    for (let i = channel * perChannel; i < end; i++) patterns[i] = patternOf(weights[i]);
  }
  return packPatterns(patterns, channels, perChannel, storage.bits);
}

function patternFunction(
  storage: Exclude<WeightStorage, { readonly kind: "plain" }>,
  channel: number,
): (weight: number) => number {
  const half = 2 ** (storage.bits - 1);
  switch (storage.kind) {
    case "packed": {
      const offset = storage.offsets[storage.offsets.length === 1 ? 0 : channel];
      return (weight) => weight - offset;
    }
    case "without-zero":
      return (weight) => (weight < 0 ? weight + half : weight + half - 1);
    case "palette": {
      const size = 2 ** storage.bits;
      const start = storage.palette.length === size ? 0 : channel * size;
      const indices = new Map(Array.from({ length: size }, (_, index) => [storage.palette[start + index], index]));
      return (weight) => indices.get(weight) ?? 0;
    }
    case "log2":
      return (weight) => (weight < 0 ? half : 0) + (weight === 0 ? 0 : Math.log2(Math.abs(weight)) + 1);
  }
}
