import { describe, expect, it } from "vitest";
import { paletteOf } from "../../../../src/engine/schemes/codebook";
import { decode } from "../../../../src/engine/schemes/decode";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import type { CodebookCodes, SchemeSettings } from "../../../../src/engine/schemes/scheme";
import { gaussian, settingsOf, weightsOf } from "./weights";

function fitCodebook(values: Iterable<number>, settings: SchemeSettings, channels = 1): CodebookCodes {
  const quantized = fitScheme(weightsOf(values, channels), settings);
  if (quantized.kind !== "codebook") throw new Error("expected a palette");
  return quantized;
}

describe("paletteOf", () => {
  it("keeps a grid of up to 255 steps exactly", () => {
    for (const steps of [1, 7, 100, 127, 255]) {
      const centres = Float64Array.from({ length: 5 }, (_, i) => ((steps - i) * 0.3) / steps);
      const { scale, entries } = paletteOf(centres, "int16");
      entries.forEach((entry, i) => {
        expect(entry * scale).toBeCloseTo(centres[i], 14);
      });
    }
  });

  it.each([
    ["int16", 32767],
    ["int8", 127],
  ] as const)("stays within %s and half a step", (format, limit) => {
    const centres = Float64Array.from(gaussian(256)).sort();
    const { scale, entries } = paletteOf(centres, format);
    entries.forEach((entry, i) => {
      expect(Math.abs(entry)).toBeLessThanOrEqual(limit);
      expect(Math.abs(entry * scale - centres[i])).toBeLessThanOrEqual((scale / 2) * (1 + 1e-9));
    });
  });

  it("has scale 1 for zeros", () => {
    expect(paletteOf(Float64Array.of(0), "int8")).toEqual({ scale: 1, entries: Float64Array.of(0) });
  });
});

describe("codebook-uniform", () => {
  it("has the middles of equal cells", () => {
    const quantized = fitCodebook([-4, 4, 0.5, -0.5], settingsOf("codebook-uniform", 2));
    expect(Array.from(decode(quantized))).toEqual([-3, 3, 1, -1]);
    expect(quantized.codes).toEqual(Uint8Array.of(0, 3, 2, 1));
  });

  it("has two quarters at one bit", () => {
    expect(Array.from(decode(fitCodebook([0, 8, 1, 7], settingsOf("codebook-uniform", 1))))).toEqual([2, 6, 2, 6]);
  });
});

describe("palettes", () => {
  it("repeat their last entry where fewer are used", () => {
    const quantized = fitCodebook([1, 2, 4, 2], settingsOf("codebook-kmeans", 3));
    expect(Array.from(decode(quantized))).toEqual([1, 2, 4, 2]);
    expect(quantized.codes).toEqual(Uint8Array.of(0, 1, 2, 1));
    expect(new Set(quantized.palette.subarray(2)).size).toBe(1);
  });

  it("are one a channel where asked for", () => {
    const quantized = fitCodebook([1, 2, 30, 40], settingsOf("codebook-kmeans", 1, { granularity: "channel" }), 2);
    expect(quantized.palette).toHaveLength(4);
    expect(Array.from(decode(quantized))).toEqual([1, 2, 30, 40]);
  });

  it("are int8 where asked for", () => {
    const quantized = fitCodebook(gaussian(500), settingsOf("codebook-kmeans", 8, { palette: "int8" }));
    expect(quantized.palette).toBeInstanceOf(Int8Array);
    expect(Array.from(quantized.palette)).toEqual(Array.from(quantized.palette).sort((a, b) => a - b));
  });

  it("give every weight its nearest entry", () => {
    const values = gaussian(2000, 9);
    const quantized = fitCodebook(values, settingsOf("codebook-kmeans", 4));
    const entries = Array.from(quantized.palette, (entry) => entry * quantized.scales[0]);
    const decoded = decode(quantized);
    values.forEach((value, i) => {
      const nearest = Math.min(...entries.map((entry) => Math.abs(entry - value)));
      expect(Math.abs(decoded[i] - value)).toBeLessThanOrEqual(nearest + 1e-6);
    });
  });
});
