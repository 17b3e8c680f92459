import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BIAS_BITS, fixedPointBias, fixedPointScale } from "../../../../src/engine/emit/fixed-point";

describe("fixedPointScale", () => {
  it.each([
    [1, 2 ** 30, 1],
    [0.5, 2 ** 30, 0],
    [0.75, 1610612736, 0],
    [0.1, 1717986918, -3],
    [1 - 2 ** -40, 2 ** 30, 1],
    [2 ** -164, 2 ** 30, -163],
    [2 ** 127, 2 ** 30, 128],
  ])("has %s as %s with shift %s", (scale, multiplier, shift) => {
    expect(fixedPointScale(scale)).toEqual({ multiplier, shift });
  });

  it("comes within 2^-32 of every scale, with a normalised multiplier", () => {
    const scales = fc.double({ min: 2 ** -170, max: 2 ** 128, noNaN: true });
    fc.assert(
      fc.property(scales, (scale) => {
        const { multiplier, shift } = fixedPointScale(scale);
        expect(multiplier).toBeGreaterThanOrEqual(2 ** 30);
        expect(multiplier).toBeLessThan(2 ** 31);
        expect(Number.isInteger(multiplier)).toBe(true);
        expect(Math.abs((multiplier * 2 ** (shift - 31)) / scale - 1)).toBeLessThanOrEqual(2 ** -31);
      }),
    );
  });
});

describe("fixedPointBias", () => {
  it.each([
    [[0, 0], [0, 0], 0],
    [[1, -0.5], [2 ** 30, -(2 ** 29)], 30],
    [[-1], [-(2 ** 30)], 30],
    [[0.75], [1610612736], 31],
    [[2 ** 31], [2 ** 30], -1],
  ])("has %j as %j with %s fraction bits", (bias, codes, fractionBits) => {
    const result = fixedPointBias(Float32Array.from(bias));
    expect([...result.codes]).toEqual(codes);
    expect(result.fractionBits).toBe(fractionBits);
  });

  it("has 16 bits where they are asked for", () => {
    const { codes, fractionBits } = fixedPointBias(Float32Array.of(1, -0.5, 0.3), 16);
    expect(codes).toEqual(Int16Array.of(16384, -8192, 4915));
    expect(fractionBits).toBe(14);
  });

  it("gives biases that are codes of 16 bits the same codes again", () => {
    const biases = fc.float32Array({ noNaN: true, min: -1e6, max: 1e6, minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(biases, (bias) => {
        const first = fixedPointBias(bias, 16);
        const again = fixedPointBias(
          Float32Array.from(first.codes, (code) => code * 2 ** -first.fractionBits),
          16,
        );
        expect(again).toEqual(first);
      }),
    );
  });

  it.each(BIAS_BITS)("rounds to within half a unit, and one more bit would overflow: %i bits", (bits) => {
    const biases = fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(biases, (bias) => {
        const { codes, fractionBits } = fixedPointBias(bias, bits);
        const unit = 2 ** -fractionBits;
        bias.forEach((value, index) => {
          expect(Math.abs(codes[index] * unit - value)).toBeLessThanOrEqual(unit / 2);
        });
        const largest = Math.max(...bias.map(Math.abs));
        if (largest > 0) expect((largest / unit) * 2).toBeGreaterThan(2 ** (bits - 1) - 1);
      }),
    );
  });
});
