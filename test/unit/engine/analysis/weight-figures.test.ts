import { describe, expect, it } from "vitest";
import { codeEntropyBits } from "../../../../src/engine/analysis/entropy";
import { histogram, HISTOGRAM_BINS } from "../../../../src/engine/analysis/histogram";
import { channelNoise, NoisePower } from "../../../../src/engine/analysis/sqnr";
import { weightFigures } from "../../../../src/engine/analysis/weight-figures";
import { symmetric } from "../../../../src/engine/schemes/symmetric";
import type { SchemeSettings } from "../../../../src/engine/schemes/scheme";
import { randomValues } from "../onnx/model-builder";

const SETTINGS: SchemeSettings = {
  scheme: "symmetric",
  bits: 8,
  granularity: "tensor",
  clip: "max",
  rounding: "half-even",
};

const total = (counts: ArrayLike<number>) => Array.from(counts).reduce((sum, count) => sum + count, 0);

describe("histogram", () => {
  it("counts every value once, the largest in the last bin", () => {
    const { min, max, counts } = histogram(Float32Array.of(0, 0.5, 1, 64), null);
    expect({ min, max }).toEqual({ min: 0, max: 64 });
    expect([counts[0], counts[1], counts[63]]).toEqual([2, 1, 1]);
    expect(total(counts)).toBe(4);
  });

  it("reaches over the decoded values too", () => {
    const { min, max, counts, quantizedCounts } = histogram(Float32Array.of(-1, 1), Float32Array.of(-1.5, 1));
    expect({ min, max }).toEqual({ min: -1.5, max: 1 });
    expect(counts[0]).toBe(0);
    expect(quantizedCounts![0]).toBe(1);
  });

  it.each([0, 2 ** -149, -3.4e38])("has bins of some width around a constant %s", (value) => {
    const { min, max, counts } = histogram(Float32Array.of(value, value), null);
    expect(max).toBeGreaterThan(min);
    expect(counts).toHaveLength(HISTOGRAM_BINS);
    expect(total(counts)).toBe(2);
  });
});

describe("SQNR", () => {
  it("is the ratio of the sums of squares in decibels", () => {
    const weights = { values: Float32Array.of(3, 4, 1, 1), channels: 2, perChannel: 2 };
    const channels = channelNoise(weights, Float32Array.of(3, 4.5, 1, 1));
    expect(channels.map((channel) => channel.sqnr())).toEqual([
      { sqnrDb: 20, exact: false },
      { sqnrDb: null, exact: true },
    ]);
    const whole = new NoisePower();
    for (const channel of channels) whole.add(channel);
    expect(whole.sqnr().sqnrDb).toBeCloseTo(10 * Math.log10(27 / 0.25), 12);
  });

  it("is undefined, and not exact, for noise without signal", () => {
    const [channel] = channelNoise({ values: Float32Array.of(0), channels: 1, perChannel: 1 }, Float32Array.of(1));
    expect(channel.sqnr()).toEqual({ sqnrDb: null, exact: false });
  });

  it("of uniform weights comes within 0.1 dB of theory", () => {
    // Noise is uniform in ± half a step, and max|w| is 127 steps: SQNR = (127 · 2)².
    const values = randomValues(200_000, 7);
    const weights = { values, channels: 1, perChannel: values.length };
    const { sqnrDb } = weightFigures(weights, symmetric.fit(weights, SETTINGS));
    expect(Math.abs(sqnrDb! - 20 * Math.log10(254))).toBeLessThan(0.1);
  });
});

describe("codeEntropyBits", () => {
  it.each([
    [[1, 1, 1], 0],
    [[-1, 1, -1, 1], 1],
    [[-2, -1, 0, 1], 2],
    [[0, 0, 1, 2], 1.5],
  ])("of %j is %s", (codes, expected) => {
    expect(codeEntropyBits(Int8Array.from(codes), -2, 2)).toBeCloseTo(expected, 14);
  });
});

describe("weightFigures", () => {
  const weights = { values: randomValues(600, 3), channels: 4, perChannel: 150 };

  it("has no codes to speak of where weights stay float", () => {
    const figures = weightFigures(weights, null);
    expect(figures).toMatchObject({ sqnrDb: null, exact: true, codeEntropyBits: null });
    expect(figures.histogram.quantizedCounts).toBeNull();
    expect(figures.channels.sqnrDb).toEqual([null, null, null, null]);
    expect(total(figures.histogram.counts)).toBe(600);
  });

  it("adds up to the total over several layers", () => {
    const noise = new NoisePower();
    const quantized = symmetric.fit(weights, SETTINGS);
    const { sqnrDb } = weightFigures(weights, quantized, noise);
    weightFigures(weights, quantized, noise);
    expect(noise.sqnr().sqnrDb).toBeCloseTo(sqnrDb!, 10);
  });

  it("calls codes exact that reproduce every weight", () => {
    const small = { values: Float32Array.of(-0.3, 0.3, 0), channels: 1, perChannel: 3 };
    expect(weightFigures(small, symmetric.fit(small, SETTINGS))).toMatchObject({ sqnrDb: null, exact: true });
  });

  it("has no outlier ratio where most weights are zero", () => {
    const sparse = { values: Float32Array.of(0, 0, 0, 1), channels: 1, perChannel: 4 };
    expect(weightFigures(sparse, null).outlierRatio).toBeNull();
    const dense = { values: Float32Array.of(1, -1, 1, 8), channels: 1, perChannel: 4 };
    expect(weightFigures(dense, null).outlierRatio).toBe(8);
  });
});
