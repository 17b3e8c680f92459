import { describe, expect, it } from "vitest";
import { fromFloat16 } from "../../../../src/engine/onnx/half";
import { decode } from "../../../../src/engine/schemes/decode";
import { halfNotBelow } from "../../../../src/engine/schemes/half";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import type { SchemeSettings, UniformCodes } from "../../../../src/engine/schemes/scheme";
import { gaussian, generator, settingsOf, squaredError, weightsOf } from "./weights";

function fitUniform(values: Iterable<number>, settings: SchemeSettings, channels = 1): UniformCodes {
  const quantized = fitScheme(weightsOf(values, channels), settings);
  if (quantized.kind !== "uniform") throw new Error("expected equal steps");
  return quantized;
}

describe("affine", () => {
  it("maps 0, 128 and 255 as the formula says", () => {
    const quantized = fitUniform([-5, 0, 5 * (127 / 128)], settingsOf("affine", 8));
    expect(quantized.scales[0]).toBe(5 / 128);
    expect(quantized.zeroPoints).toEqual(Int32Array.of(128));
    expect(quantized.codes).toEqual(Uint8Array.of(0, 128, 255));
  });

  it("widens a one-sided range to hold 0, and 0 is exact", () => {
    const quantized = fitUniform([2, 3, 0], settingsOf("affine", 2));
    expect(quantized.zeroPoints).toEqual(Int32Array.of(0));
    expect(Array.from(decode(quantized))).toEqual([2, 3, 0]);
  });

  it("has a zero point at the top for negative weights", () => {
    const quantized = fitUniform([-3, -1, -2], settingsOf("affine", 2));
    expect(quantized.zeroPoints).toEqual(Int32Array.of(3));
    expect(quantized.codes).toEqual(Uint8Array.of(0, 2, 1));
  });

  it("has parameters of its own for each channel", () => {
    const quantized = fitUniform([0, 15, 0, -30], settingsOf("affine", 4, { granularity: "channel" }), 2);
    expect(quantized.scales).toEqual(Float64Array.of(1, 2));
    expect(quantized.zeroPoints).toEqual(Int32Array.of(0, 15));
  });

  it("stores 16 bits unsigned", () => {
    expect(fitUniform([-1, 1], settingsOf("affine", 16)).codes).toEqual(Uint16Array.of(0, 65535));
  });
});

describe("pow2", () => {
  it.each([
    [127, 0],
    [127.49, 0],
    [127.5, 1],
    [1, -6],
    [0.99, -7],
    [0.24, -9],
  ])("max %f gets the scale 2^%i", (max, exponent) => {
    expect(fitUniform([max, -max / 3], settingsOf("pow2", 8)).scales[0]).toBe(2 ** exponent);
  });

  it("with clip mse takes the f of least squared error of all f", () => {
    const values = Float32Array.from([...gaussian(3000, 5), 40]);
    const best = squaredError(values, fitUniform(values, settingsOf("pow2", 4, { clip: "mse" })));
    for (let exponent = -20; exponent < 10; exponent++) {
      const scale = 2 ** exponent;
      const error = values.reduce((sum, value) => {
        const code = Math.min(Math.max(Math.round(value / scale), -7), 7);
        return sum + (value - code * scale) ** 2;
      }, 0);
      expect(best).toBeLessThanOrEqual(error * (1 + 1e-6));
    }
  });

  it("says its exponents", () => {
    const quantized = fitUniform([1, 0.2], settingsOf("pow2", 8, { granularity: "channel" }), 2);
    expect(quantized.storedScales).toEqual({ format: "power-of-two", exponents: Int8Array.of(-6, -9) });
  });
});

describe("block", () => {
  it("starts new blocks with every channel, the last one shorter", () => {
    const values = [7, 1, 14, 2, 21, 28, 3, 35, 5, 42];
    const quantized = fitUniform(values, settingsOf("block", 4, { blockSize: 2 }), 2);
    expect(quantized.scales).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
    expect(quantized.codes).toEqual(Int8Array.of(7, 1, 7, 1, 7, 7, 1, 7, 1, 7));
  });

  it("has one block a channel where the size exceeds it", () => {
    expect(fitUniform([1, 2, 3, 4], settingsOf("block", 4, { blockSize: 100 }), 2).scales).toHaveLength(2);
  });

  it.each(["half", "power-of-two"] as const)("stores its scales exactly: %s", (blockScale) => {
    const { scales, storedScales } = fitUniform(
      gaussian(333),
      settingsOf("block", 5, { blockSize: 10, blockScale }),
      3,
    );
    const stored =
      storedScales.format === "half"
        ? Array.from(storedScales.patterns, fromFloat16)
        : storedScales.format === "power-of-two"
          ? Array.from(storedScales.exponents, (exponent) => 2 ** exponent)
          : [];
    expect(Array.from(scales)).toEqual(stored);
  });

  it("never has a scale of 0 or Infinity", () => {
    expect(fitUniform([1e-30, 0], settingsOf("block", 4)).scales[0]).toBe(2 ** -24);
    expect(fitUniform([1e30, 0], settingsOf("block", 4)).scales[0]).toBe(65504);
  });
});

describe("halfNotBelow", () => {
  const finite = Array.from({ length: 0x7c00 }, (_, pattern) => fromFloat16(pattern));
  const reference = (value: number): number => {
    const pattern = finite.findIndex((half) => half >= value && half > 0);
    return pattern < 0 ? 0x7bff : pattern;
  };

  it("keeps every positive half as it is", () => {
    for (let pattern = 1; pattern < 0x7c00; pattern++) expect(halfNotBelow(finite[pattern])).toBe(pattern);
  });

  it("gives the next one for what lies between", () => {
    const uniform = generator(11);
    for (let n = 0; n < 500; n++) {
      const value = 2 ** (uniform() * 50 - 32);
      expect(halfNotBelow(value)).toBe(reference(value));
    }
    for (const value of [1e-300, 2 ** -24 * 1.0000001, 2 ** -14 * 0.99999, 65504.1, 1e300]) {
      expect(halfNotBelow(value)).toBe(reference(value));
    }
  });
});
