/**
 * Dense packing of codes of 1 to 16 bits.
 *
 * Bit i of a channel's stream is bit `i mod 8` of its byte `⌊i/8⌋`, and code n takes the bits from `n·bits` on, its lowest bit
 * first. So 4-bit codes come low nibble first, as CMSIS-NN has them, and 16-bit codes are little-endian. Every output
 * channel begins with a whole byte; the unused bits of the byte before are 0.
 */
import { bitPatternOf, fromBitPatterns, patternsOf } from "./bit-patterns";
import { allocateCodes } from "./codes";
import type { Codes, QuantizedWeights } from "./scheme";

/** Bytes of one packed channel. */
export function packedChannelBytes(perChannel: number, bits: number): number {
  return Math.ceil((perChannel * bits) / 8);
}

/** Packed codes, `channels · packedChannelBytes` bytes. */
export function packCodes(quantized: QuantizedWeights): Uint8Array {
  return packPatterns(patternsOf(quantized), quantized.channels, quantized.perChannel, quantized.bits);
}

/** The inverse of {@link packCodes}; everything but `codes` is taken from `layout`. */
export function unpackCodes(bytes: Uint8Array, layout: Omit<QuantizedWeights, "codes">): Codes {
  const { channels, perChannel, bits, codeMin, codeMax } = layout;
  const patterns = unpackPatterns(bytes, channels, perChannel, bits);
  const codes = allocateCodes(patterns.length, codeMin, codeMax);
  codes.set(fromBitPatterns(patterns, bits, bitPatternOf(layout)));
  return codes;
}

/**
 * @param patterns of which the low `bits` count, channel-major
 * @param bits 1 to 8 for Uint8Array, 9 to 16 for Uint16Array
 */
export function packPatterns(
  patterns: Uint8Array | Uint16Array,
  channels: number,
  perChannel: number,
  bits: number,
): Uint8Array {
  const channelBytes = packedChannelBytes(perChannel, bits);
  const target = new Uint8Array(channels * channelBytes);
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * perChannel;
    const end = start + perChannel;
    const targetStart = channel * channelBytes;
    if (patterns instanceof Uint16Array) packWide(patterns, start, end, bits, target, targetStart);
    else if (bits === 8) target.set(patterns.subarray(start, end), targetStart);
    else packNarrow(patterns, start, end, bits, target, targetStart);
  }
  return target;
}

/** Up to 7 bits: eight codes fill as many bytes as a code has bits; what is left over goes code by code. */
function packNarrow(
  patterns: Uint8Array,
  start: number,
  end: number,
  bits: number,
  target: Uint8Array,
  targetStart: number,
): void {
  const view = new DataView(patterns.buffer, patterns.byteOffset, patterns.length);
  const mask = 2 ** bits - 1;
  const half = 4 * bits;
  const straddle = half % 8;
  let at = targetStart;
  let from = start;
  if (bits === 1) {
    for (; from + 8 <= end; from += 8) {
      target[at++] = fourSigns(view.getUint32(from, true)) | (fourSigns(view.getUint32(from + 4, true)) << 4);
    }
  }
  if (bits === 2) {
    for (; from + 4 <= end; from += 4) target[at++] = fourPairs(view.getUint32(from, true));
  }
  for (; from + 8 <= end; from += 8) {
    let low = fourCodes(view.getUint32(from, true), bits, mask);
    let high = fourCodes(view.getUint32(from + 4, true), bits, mask);
    if (straddle > 0) {
      low |= high << half;
      high >>>= straddle;
    }
    for (let bit = 0; bit < half; bit += 8) target[at++] = low >>> bit;
    for (let bit = straddle; bit < half; bit += 8) target[at++] = high >>> (bit - straddle);
  }
  let pending = 0;
  let pendingBits = 0;
  for (; from < end; from++) {
    pending |= (patterns[from] & mask) << pendingBits;
    pendingBits += bits;
    if (pendingBits >= 8) {
      target[at++] = pending;
      pending >>>= 8;
      pendingBits -= 8;
    }
  }
  if (pendingBits > 0) target[at] = pending;
}

/** The low bits of four bytes, moved together. */
function fourCodes(bytes: number, bits: number, mask: number): number {
  const gap = 8 - bits;
  return (
    (bytes & mask) |
    ((bytes >>> gap) & (mask << bits)) |
    ((bytes >>> (2 * gap)) & (mask << (2 * bits))) |
    ((bytes >>> (3 * gap)) & (mask << (3 * bits)))
  );
}

/** The low bit of four bytes: each lands in the top four bits of the product, and no two products meet. */
function fourSigns(bytes: number): number {
  return Math.imul(bytes & 0x01010101, 0x10204080) >>> 28;
}

/** The low two bits of four bytes, in the same way. */
function fourPairs(bytes: number): number {
  return Math.imul(bytes & 0x03030303, 0x01041040) >>> 24;
}

/** More than 8 bits: every code completes a byte, some two. */
function packWide(
  patterns: Uint16Array,
  start: number,
  end: number,
  bits: number,
  target: Uint8Array,
  targetStart: number,
): void {
  const mask = 2 ** bits - 1;
  let at = targetStart;
  let pending = 0;
  let pendingBits = 0;
  for (let i = start; i < end; i++) {
    pending |= (patterns[i] & mask) << pendingBits;
    pendingBits += bits;
    target[at++] = pending;
    pending >>>= 8;
    pendingBits -= 8;
    if (pendingBits >= 8) {
      target[at++] = pending;
      pending >>>= 8;
      pendingBits -= 8;
    }
  }
  if (pendingBits > 0) target[at] = pending;
}

/** Patterns of `channels · perChannel` codes. @param bytes as many as {@link packPatterns} gives */
export function unpackPatterns(bytes: Uint8Array, channels: number, perChannel: number, bits: number): Int32Array {
  const patterns = new Int32Array(channels * perChannel);
  const channelBytes = packedChannelBytes(perChannel, bits);
  const mask = 2 ** bits - 1;
  for (let channel = 0; channel < channels; channel++) {
    let at = channel * channelBytes;
    let pending = 0;
    let pendingBits = 0;
    const end = (channel + 1) * perChannel;
    for (let i = channel * perChannel; i < end; i++) {
      while (pendingBits < bits) {
        pending |= bytes[at++] << pendingBits;
        pendingBits += 8;
      }
      patterns[i] = pending & mask;
      pending >>>= bits;
      pendingBits -= bits;
    }
  }
  return patterns;
}
