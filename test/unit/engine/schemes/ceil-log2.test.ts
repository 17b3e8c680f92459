import { describe, expect, it } from "vitest";
import { decode } from "../../../../src/engine/schemes/decode";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import type { SchemeSettings } from "../../../../src/engine/schemes/scheme";
import { gaussian, settingsOf, squaredError, weightsOf } from "./weights";

const codesOf = (values: number[], settings: SchemeSettings): number[] =>
  Array.from(fitScheme(weightsOf(values), settings).codes);

describe("ceil", () => {
  it("rounds magnitudes up to eighths at 4 bits", () => {
    const values = [1, 0.875, 0.876, 0.01, -0.125, -0.126, -1, 0, -0];
    expect(codesOf(values, settingsOf("ceil", 4))).toEqual([8, 7, 8, 1, -1, -2, -8, 1, 1]);
  });

  it("is the sign function at one bit, scaled by the mean magnitude", () => {
    const quantized = fitScheme(weightsOf([0.5, -1, 0.25, -0.25]), settingsOf("ceil", 1));
    expect(Array.from(quantized.codes)).toEqual([1, -1, 1, -1]);
    expect(quantized.scales[0]).toBe(0.5);
  });

  it("has max|w| as its largest value with alpha max", () => {
    const quantized = fitScheme(weightsOf([0.5, -2, 0.1]), settingsOf("ceil", 3, { alpha: "max" }));
    expect(Array.from(decode(quantized))).toEqual([0.5, -2, 0.5]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("has exactly 2^%i values and never 0", (bits) => {
    const values = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 2000);
    const codes = new Set(fitScheme(weightsOf(values), settingsOf("ceil", bits)).codes);
    expect(codes.size).toBe(2 ** bits);
    expect(codes.has(0)).toBe(false);
  });

  it("reaches ±2^15 at 16 bits", () => {
    expect(codesOf([1, -1, 2 ** -16, -(2 ** -15)], settingsOf("ceil", 16))).toEqual([32768, -32768, 1, -1]);
  });

  it.each([1, 2, 4, 8])("least squares leaves no more error than any other alpha at %i bits", (bits) => {
    const values = gaussian(2000);
    const quantized = fitScheme(weightsOf(values), settingsOf("ceil", bits));
    const best = squaredError(values, quantized);
    for (const factor of [0.9, 0.999, 1.001, 1.1]) {
      const changed = { ...quantized, scales: quantized.scales.map((scale) => scale * factor) };
      expect(best).toBeLessThan(squaredError(values, changed));
    }
    expect(best).toBeLessThanOrEqual(
      squaredError(values, fitScheme(weightsOf(values), settingsOf("ceil", bits, { alpha: "max" }))),
    );
  });
});

describe("log2", () => {
  it("takes the nearest power of two of the largest weight", () => {
    const values = [8, 6.1, 5.9, 4, 2, -1, -0.6, 0.4, 0];
    expect(codesOf(values, settingsOf("log2", 4))).toEqual([7, 7, 6, 6, 5, -4, -3, 3, 0]);
  });

  it("has the scale of its smallest magnitude", () => {
    const quantized = fitScheme(weightsOf([8, 1]), settingsOf("log2", 3));
    expect(quantized.scales[0]).toBe(2);
    expect(Array.from(decode(quantized))).toEqual([8, 0]);
  });

  it("is ternary at 2 bits", () => {
    expect(codesOf([1, -0.6, 0.4, -0.4], settingsOf("log2", 2))).toEqual([1, -1, 0, 0]);
  });

  it.each<[SchemeSettings["rounding"], number[]]>([
    ["half-even", [7, 6, 6, 4]],
    ["half-away", [7, 7, 6, 5]],
    ["truncate", [7, 6, 5, 4]],
  ])("rounds midpoints by %s", (rounding, expected) => {
    expect(codesOf([8, 6, 3, 1.5], settingsOf("log2", 4, { rounding }))).toEqual(expected);
  });

  it("has 31 magnitudes and no more from 6 bits on", () => {
    for (const bits of [6, 8, 16]) expect(fitScheme(weightsOf([1]), settingsOf("log2", bits)).codeMax).toBe(31);
  });
});
