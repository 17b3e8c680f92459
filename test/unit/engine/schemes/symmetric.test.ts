import fc from "fast-check";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { decode } from "../../../../src/engine/schemes/decode";
import { ROUNDINGS, type Rounding, type SchemeSettings } from "../../../../src/engine/schemes/scheme";
import { symmetric } from "../../../../src/engine/schemes/symmetric";
import { randomValues } from "../onnx/model-builder";
import { quantizeLinearModel } from "./quantize-linear-model";

const EIGHT_BITS: SchemeSettings = {
  scheme: "symmetric",
  bits: 8,
  granularity: "tensor",
  clip: "max",
  rounding: "half-even",
};

function fit(values: readonly number[] | Float32Array, settings: Partial<SchemeSettings> = {}, channels = 1) {
  const weights = { values: Float32Array.from(values), channels, perChannel: values.length / channels };
  return symmetric.fit(weights, { ...EIGHT_BITS, ...settings });
}

const anyBits = fc.integer({ min: 2, max: 16 });
const anyRounding = fc.constantFrom(...ROUNDINGS);
const anyWeights = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 });

describe("symmetric", () => {
  it("maps max|w| to qmax and keeps zero", () => {
    const { codes, scales } = fit([-2, 0, 1, 2]);
    expect([...codes]).toEqual([-127, 0, 64, 127]);
    expect([...scales]).toEqual([2 / 127]);
  });

  // With max|w| = 7 at 4 bits, qf is 1 and every weight is its own quotient.
  it.each<[Rounding, number[]]>([
    ["half-even", [7, 0, 2, 2, -2, -2, 1, 4]],
    ["half-away", [7, 1, 2, 3, -3, -2, 1, 4]],
    ["truncate", [7, 0, 1, 2, -2, -1, 1, 3]],
  ])("rounds %s", (rounding, expected) => {
    expect([...fit([7, 0.5, 1.5, 2.5, -2.5, -1.5, 1.25, 3.5], { bits: 4, rounding }).codes]).toEqual(expected);
  });

  it("has a scale for each channel", () => {
    const { codes, scales, groupSize } = fit([1, -0.5, 100, 50], { granularity: "channel" }, 2);
    expect([...codes]).toEqual([127, -64, 127, 64]);
    expect([...scales]).toEqual([1 / 127, 100 / 127]);
    expect(groupSize).toBe(2);
  });

  it("gives an all-zero channel codes 0 and scale 1", () => {
    const { codes, scales } = fit([0, -0, 3, 1], { granularity: "channel" }, 2);
    expect([...codes]).toEqual([0, 0, 127, 42]);
    expect([...scales]).toEqual([1, 3 / 127]);
  });

  it("takes the narrowest array", () => {
    expect(fit([1], { bits: 8 }).codes).toBeInstanceOf(Int8Array);
    expect(fit([1], { bits: 9 }).codes).toBeInstanceOf(Int16Array);
    expect([...fit([1, -1], { bits: 16 }).codes]).toEqual([32767, -32767]);
  });

  it.each([2 ** -149, 2 ** -126, 3.4028234663852886e38])("has a usable scale for weights of %s", (magnitude) => {
    for (const bits of [2, 8, 16]) {
      const quantized = fit([magnitude, -magnitude, 0], { bits });
      expect(quantized.scales[0]).toBeGreaterThan(0);
      expect(Number.isFinite(quantized.scales[0])).toBe(true);
      expect([...decode(quantized)]).toEqual([Math.fround(magnitude), -Math.fround(magnitude), 0]);
    }
  });

  it("reaches qmax at max|w| under every rounding and width", () => {
    fc.assert(
      fc.property(anyWeights, anyBits, anyRounding, (values, bits, rounding) => {
        const { codes, codeMax } = fit(values, { bits, rounding });
        const largest = Math.max(...Array.from(codes, Math.abs));
        expect(largest).toBe(values.some((value) => Math.fround(value) !== 0) ? codeMax : 0);
      }),
    );
  });

  it("decodes to within half a step, or a step where it truncates", () => {
    fc.assert(
      fc.property(anyWeights, anyBits, anyRounding, (values, bits, rounding) => {
        const quantized = fit(values, { bits, rounding });
        const decoded = decode(quantized);
        const step = quantized.scales[0];
        values.forEach((value, index) => {
          // The decoded value is rounded to float32, which the bound has to allow for.
          const float32Rounding = Math.abs(value) * 2 ** -23 + 2 ** -149;
          const error = Math.abs(decoded[index] - value);
          expect(error).toBeLessThanOrEqual((rounding === "truncate" ? 1 : 0.5) * step + float32Rounding);
          if (rounding === "truncate") {
            expect(Math.abs(decoded[index])).toBeLessThanOrEqual(Math.abs(value) + float32Rounding);
          }
        });
      }),
    );
  });

  it("gives the same codes for the same weights", () => {
    fc.assert(
      fc.property(anyWeights, anyBits, anyRounding, (values, bits, rounding) => {
        expect(fit(values, { bits, rounding })).toEqual(fit(values, { bits, rounding }));
      }),
    );
  });

  it("agrees with QuantizeLinear of ONNX Runtime", async () => {
    // A scale that float32 holds exactly, so that both divide by the same number, and every tie there is.
    const step = 2 ** -5;
    const values = Float32Array.from({ length: 509 }, (_, index) => (index - 254) * (step / 2));
    const session = await ort.InferenceSession.create(quantizeLinearModel());
    const { y } = await session.run({
      x: new ort.Tensor("float32", values, [values.length]),
      scale: new ort.Tensor("float32", [step], []),
    });
    expect([...fit(values).codes]).toEqual(Array.from(y.data as Int8Array));
    await session.release();
  });

  it("agrees with QuantizeLinear on random weights, but for quotients next to a tie", async () => {
    const values = randomValues(20_000, 1).map((value) => value * 0.3);
    const { codes, scales } = fit(values);
    const session = await ort.InferenceSession.create(quantizeLinearModel());
    const { y } = await session.run({
      x: new ort.Tensor("float32", values, [values.length]),
      scale: new ort.Tensor("float32", [scales[0]], []),
    });
    const theirs = y.data as Int8Array;
    const differing = [...values.keys()].filter((index) => codes[index] !== theirs[index]);
    for (const index of differing) {
      const quotient = values[index] / scales[0];
      expect(Math.abs(Math.abs(quotient % 1) - 0.5)).toBeLessThan(127 * 2 ** -22);
    }
    expect(differing.length).toBeLessThan(10);
    await session.release();
  });
});
