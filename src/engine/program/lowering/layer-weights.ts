/** The integers of a layer's weights, how they are stored, and what they are worth. */
import { singleScale } from "../../activations/integer-bias";
import { groupBounds } from "../../schemes/grouping";
import { integerWeights } from "../../schemes/decode";
import type { QuantizedWeights, UniformCodes } from "../../schemes/scheme";
import type { WeightCodes } from "../operations/convolution";
import { BLOCK_MANTISSA_BITS, PLAIN, type WeightBlocks, type WeightStorage } from "../weight-storage";

export interface LayerWeights {
  /** [channels][perChannel]. */
  readonly weights: WeightCodes;
  readonly storage: WeightStorage;
  readonly blocks: WeightBlocks | null;
  /** Float32, one or one a channel: what 1 in a sum is worth without the input's scale. */
  readonly scales: Float32Array;
}

/** Largest shift of a block's scale: that of half precision is 29. */
const MAX_BLOCK_SHIFT = 31;

export function layerWeights(quantized: QuantizedWeights): LayerWeights {
  const weights = narrowest(integerWeights(quantized));
  const storage = storageOf(quantized);
  if (quantized.kind !== "uniform" || hasScalePerChannel(quantized)) {
    return { weights, storage, blocks: null, scales: Float32Array.from(quantized.scales, singleScale) };
  }
  return { weights, storage, ...blocksOf(quantized) };
}

function hasScalePerChannel({ scales, groupSize, perChannel }: QuantizedWeights): boolean {
  return scales.length === 1 || groupSize === perChannel;
}

function narrowest(integers: Int32Array): WeightCodes {
  let low = 0;
  let high = 0;
  for (const integer of integers) {
    if (integer < low) low = integer;
    if (integer > high) high = integer;
  }
  if (low >= -128 && high <= 127) return Int8Array.from(integers);
  return low >= -32768 && high <= 32767 ? Int16Array.from(integers) : integers;
}

/** Bits of the widest code of log2: a sign, and 31 magnitudes or 0. */
const LOG2_BITS = 6;

function storageOf(quantized: QuantizedWeights): WeightStorage {
  const { bits } = quantized;
  switch (quantized.kind) {
    case "uniform": {
      const { zeroPoints } = quantized;
      if (zeroPoints !== null) return { kind: "packed", bits, offsets: zeroPoints.map((zero) => -zero) };
      const isWhole = bits === 8 || bits === 16;
      return isWhole ? PLAIN : { kind: "packed", bits, offsets: Int32Array.of(-(2 ** (bits - 1))) };
    }
    case "ceil":
      return { kind: "without-zero", bits };
    case "codebook":
      return { kind: "palette", bits, palette: quantized.palette };
    case "log2":
      return { kind: "log2", bits: Math.min(bits, LOG2_BITS) };
  }
}

/**
 * Scales of blocks as whole multiples of one unit a channel: the smallest that any of them needs, but not below
 * 2^−31 of the largest. A block below that is rounded to the unit, by less than a sum's last bit can tell.
 */
function blocksOf(quantized: UniformCodes): Pick<LayerWeights, "blocks" | "scales"> {
  const { channels, perChannel, groupSize, scales, codes } = quantized;
  const bounds = groupBounds(quantized);
  const perRow = Math.ceil(perChannel / groupSize);
  const isUsed = (block: number) => codes.subarray(bounds[block], bounds[block + 1]).some((code) => code !== 0);
  const mantissas = new Uint16Array(scales.length);
  const shifts = new Uint8Array(scales.length);
  const units = new Float32Array(channels);
  const fractionBits = quantized.storedScales.format === "power-of-two" ? BIAS_FRACTION_BITS : 0;
  for (let channel = 0; channel < channels; channel++) {
    const used = Array.from({ length: perRow }, (_, at) => channel * perRow + at).filter(isUsed);
    const exponents = used.map((block) => exponentOf(scales[block]));
    const least = Math.max(Math.min(...exponents) - fractionBits, Math.max(...exponents) - MAX_BLOCK_SHIFT);
    units[channel] = used.length === 0 ? 1 : 2 ** least;
    for (const block of used) {
      const shift = Math.max(exponentOf(scales[block]) - least, 0);
      shifts[block] = shift;
      mantissas[block] = Math.round(scales[block] / 2 ** (least + shift));
    }
  }
  return { blocks: { size: groupSize, mantissas, shifts }, scales: units };
}

/** Bits below scales that are powers of two, so that biases are not rounded to whole weights; mantissas have such bits. */
const BIAS_FRACTION_BITS = 6;

/** e of `scale = mantissa · 2^e` with the smallest whole mantissa. */
function exponentOf(scale: number): number {
  let exponent = Math.floor(Math.log2(scale)) - BLOCK_MANTISSA_BITS - 1;
  while (Number.isInteger(scale / 2 ** (exponent + 1))) exponent++;
  return exponent;
}
