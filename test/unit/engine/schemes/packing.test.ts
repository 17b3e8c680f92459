import { describe, expect, it } from "vitest";
import { bitPatternOf, fromBitPatterns, toBitPatterns } from "../../../../src/engine/schemes/bit-patterns";
import { packCodes, packedChannelBytes, packPatterns, unpackPatterns } from "../../../../src/engine/schemes/packing";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import { storedBytes } from "../../../../src/engine/schemes/stored-bytes";
import { gaussian, generator, settingsOf, weightsOf } from "./weights";

const widths = Array.from({ length: 16 }, (_, i) => i + 1);

/** One bit after the other, by the definition of the format. */
function reference(patterns: ArrayLike<number>, channels: number, perChannel: number, bits: number): Uint8Array {
  const channelBytes = Math.ceil((perChannel * bits) / 8);
  const bytes = new Uint8Array(channels * channelBytes);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < perChannel * bits; i++) {
      const pattern = patterns[channel * perChannel + Math.floor(i / bits)];
      bytes[channel * channelBytes + (i >> 3)] |= ((pattern >> (i % bits)) & 1) << (i & 7);
    }
  }
  return bytes;
}

describe("packing", () => {
  it("has low bits first, and int4 low nibble first", () => {
    expect(packPatterns(Uint8Array.of(0x1, 0xa, 0xf), 1, 3, 4)).toEqual(Uint8Array.of(0xa1, 0x0f));
    expect(packPatterns(Uint8Array.of(1, 0, 1, 1, 0, 0, 0, 0, 1), 1, 9, 1)).toEqual(Uint8Array.of(0x0d, 0x01));
    expect(packPatterns(Uint8Array.of(0b101, 0b110, 0b011), 1, 3, 3)).toEqual(Uint8Array.of(0b11110101, 0));
    expect(packPatterns(Uint16Array.of(0xabc, 0x123), 1, 2, 12)).toEqual(Uint8Array.of(0xbc, 0x3a, 0x12));
    expect(packPatterns(Uint16Array.of(0x1234), 1, 1, 16)).toEqual(Uint8Array.of(0x34, 0x12));
  });

  it.each(widths)("%i bits: bit for bit the definition, and back, for odd shapes", (bits) => {
    const uniform = generator(bits);
    const Patterns = bits <= 8 ? Uint8Array : Uint16Array;
    for (const perChannel of [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64]) {
      for (const channels of [1, 2, 3]) {
        const patterns = new Patterns(channels * perChannel).map(() => Math.floor(uniform() * 2 ** 16));
        const packed = packPatterns(patterns, channels, perChannel, bits);
        expect(packed).toEqual(reference(patterns, channels, perChannel, bits));
        expect(packed).toHaveLength(channels * packedChannelBytes(perChannel, bits));
        const masked = Int32Array.from(patterns, (pattern) => pattern & (2 ** bits - 1));
        expect(unpackPatterns(packed, channels, perChannel, bits)).toEqual(masked);
      }
    }
  });
});

describe("bit patterns", () => {
  it("of ceil leave out zero", () => {
    const codes = Int8Array.of(-4, -3, -2, -1, 1, 2, 3, 4);
    expect(toBitPatterns(codes, 3, "without-zero")).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7));
    expect(toBitPatterns(Int8Array.of(-1, 1), 1, "without-zero")).toEqual(Uint8Array.of(0, 1));
  });

  it.each(widths)("take %i bits and come back", (bits) => {
    const half = 2 ** (bits - 1);
    const extremes = Int32Array.of(-half, -1, 1, half);
    const back = (codes: Int32Array, pattern: Parameters<typeof toBitPatterns>[2]): Int32Array => {
      const patterns = Int32Array.from(toBitPatterns(codes, bits, pattern), (value) => value & (2 ** bits - 1));
      return fromBitPatterns(patterns, bits, pattern);
    };
    expect(back(extremes, "without-zero")).toEqual(extremes);
    expect(back(Int32Array.of(-half, 0, half - 1), "twos-complement")).toEqual(Int32Array.of(-half, 0, half - 1));
    expect(back(Int32Array.of(0, 2 * half - 1), "unsigned")).toEqual(Int32Array.of(0, 2 * half - 1));
  });

  it.each([
    ["symmetric", "twos-complement"],
    ["block", "twos-complement"],
    ["log2", "twos-complement"],
    ["affine", "unsigned"],
    ["codebook-kmeans", "unsigned"],
    ["ceil", "without-zero"],
  ])("of %s are %s", (scheme, pattern) => {
    expect(bitPatternOf(fitScheme(weightsOf([1, -1]), settingsOf(scheme, 4)))).toBe(pattern);
  });

  it("do not touch the codes", () => {
    const quantized = fitScheme(weightsOf(gaussian(50)), settingsOf("symmetric", 4));
    const before = quantized.codes.slice();
    packCodes(quantized);
    expect(quantized.codes).toEqual(before);
  });
});

describe("storedBytes", () => {
  const weights = weightsOf(gaussian(70), 2);
  it.each([
    [settingsOf("symmetric", 3), { codes: 28, scales: 0, zeroPoints: 0, palette: 0 }],
    [settingsOf("affine", 8, { granularity: "channel" }), { codes: 70, scales: 16, zeroPoints: 2, palette: 0 }],
    [settingsOf("pow2", 8, { granularity: "channel" }), { codes: 70, scales: 2, zeroPoints: 0, palette: 0 }],
    [settingsOf("block", 4, { blockSize: 10 }), { codes: 36, scales: 16, zeroPoints: 0, palette: 0 }],
    [settingsOf("codebook-kmeans", 2), { codes: 18, scales: 0, zeroPoints: 0, palette: 8 }],
    [settingsOf("codebook-kmeans", 2, { palette: "int8" }), { codes: 18, scales: 0, zeroPoints: 0, palette: 4 }],
  ] as const)("%o", (settings, expected) => {
    expect(storedBytes(fitScheme(weights, settings))).toEqual(expected);
  });
});
