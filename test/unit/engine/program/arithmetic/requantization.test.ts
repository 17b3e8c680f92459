/** The requantizations of TensorFlow Lite and CMSIS-NN, against references in exact integers that share no code with them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitRequantization } from "../../../../../src/engine/program/arithmetic/fit-requantization";
import { shiftRounded } from "../../../../../src/engine/program/operations/elementwise";
import { quantizeActivations } from "../../../../../src/engine/activations/parameters";
import { requantize } from "../../../../../src/engine/program/arithmetic/requantization";

const INT32_MAX = 2n ** 31n - 1n;
const INT32_MIN = -(2n ** 31n);

/** gemmlowp: twice the product's upper half, rounded to the nearest; the one product that does not fit saturates. */
function saturatingRoundingDoublingHighMul(a: bigint, b: bigint): bigint {
  if (a === b && a === INT32_MIN) return INT32_MAX;
  const product = a * b;
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  // Division of bigints is towards zero, as C's is.
  return (product + nudge) / (1n << 31n);
}

/** gemmlowp: halves away from zero. */
function roundingDivideByPOT(x: bigint, exponent: bigint): bigint {
  const unit = 1n << exponent;
  const magnitude = ((x < 0n ? -x : x) + unit / 2n) / unit;
  return x < 0n ? -magnitude : magnitude;
}

/** TensorFlow Lite's MultiplyByQuantizedMultiplier. @param shift to the left where it is positive */
function tensorFlowLite(x: number, multiplier: number, shift: number): number {
  const left = BigInt(Math.max(0, shift));
  const right = BigInt(Math.max(0, -shift));
  return Number(roundingDivideByPOT(saturatingRoundingDoublingHighMul(BigInt(x) << left, BigInt(multiplier)), right));
}

/** CMSIS-NN as it is compiled without a macro: the high product is a shift of a sum, which rounds halves up. */
function cmsisDouble(x: number, multiplier: number, shift: number): number {
  const left = BigInt(Math.max(0, shift));
  const high = ((BigInt(x) << left) * BigInt(multiplier) + (1n << 30n)) >> 31n;
  return Number(roundingDivideByPOT(high, BigInt(Math.max(0, -shift))));
}

/** CMSIS-NN with CMSIS_NN_USE_SINGLE_ROUNDING: one bit more than is wanted, one added, that bit dropped. */
function cmsisSingle(x: number, multiplier: number, shift: number): number {
  const total = BigInt(31 - shift);
  return Number((((BigInt(x) * BigInt(multiplier)) >> (total - 1n)) + 1n) >> 1n);
}

const EXTREMES = [-(2 ** 31), -(2 ** 31) + 1, -(2 ** 30), -3, -2, -1, 0, 1, 2, 3, 2 ** 30, 2 ** 31 - 2, 2 ** 31 - 1];

/** As layers have them: normalized multipliers, shifts to the right. */
const multiplier = fc.oneof(fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }), fc.constantFrom(2 ** 30, 2 ** 31 - 1));
const accumulator = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.constantFrom(...EXTREMES),
);
const shift = fc.integer({ min: -31, max: 0 });

const RUNS = { numRuns: 20_000 };

describe("requantization as others do it", () => {
  it("tflite is gemmlowp's two roundings, and those of CMSIS-NN as it is compiled unasked", () => {
    fc.assert(
      fc.property(accumulator, multiplier, shift, (x, m, s) => {
        const own = requantize(x, { rounding: "double", multiplier: m, shift: 31 - s });
        expect(own).toBe(tensorFlowLite(x, m, s));
        expect(own).toBe(cmsisDouble(x, m, s));
      }),
      RUNS,
    );
  });

  it("tflite shifts to the left first where the scale is 1 or more", () => {
    fc.assert(
      fc.property(fc.integer({ min: -4000, max: 4000 }), multiplier, fc.integer({ min: 1, max: 13 }), (x, m, s) => {
        expect(requantize(x, { rounding: "double", multiplier: m, shift: 31 - s })).toBe(tensorFlowLite(x, m, s));
      }),
      RUNS,
    );
  });

  it("cmsis-single is one rounding, halves up", () => {
    fc.assert(
      fc.property(accumulator, multiplier, shift, (x, m, s) => {
        expect(requantize(x, { rounding: "half-up", multiplier: m, shift: 31 - s })).toBe(cmsisSingle(x, m, s));
      }),
      RUNS,
    );
  });

  it("rounds -0.5 away from zero with two roundings, and up with one", () => {
    expect(requantize(-2, { rounding: "double", multiplier: 2 ** 30, shift: 32 })).toBe(-1);
    expect(requantize(-2, { rounding: "half-up", multiplier: 2 ** 30, shift: 32 })).toBe(0);
  });

  it.each(["tflite", "cmsis-single"] as const)("%s has the nearest multiplier of 31 bits for every scale", (mode) => {
    const range = { accumulatorMin: -(2 ** 24), accumulatorMax: 2 ** 24, codeMin: -128, codeMax: 127 };
    fc.assert(
      fc.property(fc.float({ min: 2 ** -20, max: 1, noNaN: true }), (scale) => {
        const { channel, agreement } = fitRequantization(Math.fround(scale), range, mode)!;
        expect(channel.rounding).toBe(mode === "tflite" ? "double" : "half-up");
        expect(channel.multiplier).toBeGreaterThanOrEqual(2 ** 30);
        expect(channel.multiplier).toBeLessThan(2 ** 31);
        expect(channel.multiplier * 2 ** -channel.shift).toBe(Math.fround(scale));
        expect(agreement.difference).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe("rounding up", () => {
  it.each([23, 27, 28, 31, 40, 62])(
    "by a shift of %i takes what is within the margin of a whole number for that",
    (shift) => {
      const [multiplier, divisor] = [2 ** 30 + 12_345, 2n ** BigInt(shift)];
      const largest = Math.min(2 ** 52, Math.floor(2 ** (shift - 1)));
      const accumulators = [0, 1, -1, 7, -7, 65_535, -65_537, 2 ** 31 - 1, 2 ** 40 + 3, -(2 ** 40) - 3];
      for (const accumulator of accumulators.filter((one) => Math.abs(one) <= largest)) {
        const product = BigInt(accumulator) * BigInt(multiplier) - divisor / 4096n;
        const expected = product > 0n ? (product + divisor - 1n) / divisor : product / divisor;
        expect(requantize(accumulator, { rounding: "up", multiplier, shift }) + 0).toBe(Number(expected));
      }
      const whole = { rounding: "up", multiplier: 2 ** 30, shift: 31 } as const;
      expect([6, 7, -6, -7].map((accumulator) => requantize(accumulator, whole))).toEqual([3, 4, -3, -3]);
    },
  );

  it("of pairs and of activations has the same margin", () => {
    const unit = 2 ** 20;
    expect([3 * unit, 3 * unit + 256, 3 * unit + 257].map((sum) => shiftRounded(sum, 20, "up"))).toEqual([3, 3, 4]);
    const parameters = { scheme: "ceil", scale: 0.5, zeroPoint: 0, codeMin: 0, codeMax: 15 } as const;
    const values = Float32Array.of(0, 1e-6, -1, 1.5, 1.5001, 1.51, 100);
    expect(Array.from(quantizeActivations(values, parameters))).toEqual([0, 0, 0, 3, 3, 4, 15]);
  });
});
