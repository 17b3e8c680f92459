import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { medianMagnitude } from "../../../../src/engine/analysis/median";
import { weightStatistics } from "../../../../src/engine/analysis/statistics";

function statistics(values: readonly number[], channels = 1) {
  return weightStatistics({ values: Float32Array.from(values), channels, perChannel: values.length / channels });
}

describe("weightStatistics", () => {
  it("agrees with moments computed by hand", () => {
    const { min, max, absMax, mean, std, skewness, kurtosis, zeros } = statistics([1, 1, 1, 5]);
    expect({ min, max, absMax, mean, zeros }).toEqual({ min: 1, max: 5, absMax: 5, mean: 2, zeros: 0 });
    // Differences −1, −1, −1, 3: m2 = 12/4, m3 = 24/4, m4 = 84/4.
    expect(std).toBeCloseTo(Math.sqrt(3), 14);
    expect(skewness).toBeCloseTo(6 / 3 ** 1.5, 14);
    expect(kurtosis).toBeCloseTo(21 / 9 - 3, 14);
  });

  it("gives two equal spikes an excess kurtosis of −2", () => {
    const { skewness, kurtosis } = statistics([-0.1, 0.1, -0.1, 0.1]);
    expect(skewness).toBeCloseTo(0, 12);
    expect(kurtosis).toBeCloseTo(-2, 12);
  });

  it("calls a constant tensor neither skewed nor peaked", () => {
    const { mean, std, skewness, kurtosis } = statistics([0.1, 0.1, 0.1]);
    expect({ mean, std, skewness, kurtosis }).toEqual({ mean: Math.fround(0.1), std: 0, skewness: 0, kurtosis: 0 });
  });

  it.each([2 ** -149, 1e-38, 3.4e38])("stays finite at magnitudes of %s", (magnitude) => {
    const { mean, std, skewness, kurtosis } = statistics([magnitude, magnitude, magnitude, -magnitude]);
    expect(mean / Math.fround(magnitude)).toBeCloseTo(0.5, 6);
    expect(std / Math.fround(magnitude)).toBeCloseTo(Math.sqrt(0.75), 6);
    expect(skewness).toBeCloseTo(-2 / Math.sqrt(3), 6);
    expect(kurtosis).toBeCloseTo(7 / 3 - 3, 6);
  });

  it("counts both zeros as zero", () => {
    expect(statistics([0, -0, 1, 2]).zeros).toBe(0.5);
  });

  it("has the range of every channel, and the first of the widest as dominant", () => {
    const { channelMin, channelMax, dominantChannel } = statistics([1, 2, -8, 3, 0, 8], 3);
    expect([...channelMin]).toEqual([1, -8, 0]);
    expect([...channelMax]).toEqual([2, 3, 8]);
    expect(dominantChannel).toBe(1);
  });

  it("has a figure for an empty tensor", () => {
    const { channelMin, channelMax, ...figures } = statistics([]);
    expect([channelMin.length, channelMax.length]).toEqual([1, 1]);
    expect(Object.values(figures).every((figure) => figure === 0)).toBe(true);
  });
});

describe("medianMagnitude", () => {
  it.each([
    [[], 0],
    [[-3], 3],
    [[-3, 1], 2],
    [[5, -1, 2], 2],
    [[0, 0, 0, 9], 0],
  ])("of %j is %s", (values, expected) => {
    expect(medianMagnitude(Float32Array.from(values))).toBe(expected);
  });

  it("agrees with sorting", () => {
    const floats = fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(floats, (values) => {
        const sorted = values.map(Math.abs).sort();
        const upper = Math.floor(values.length / 2);
        const lower = Math.floor((values.length - 1) / 2);
        expect(medianMagnitude(values)).toBe((sorted[lower] + sorted[upper]) / 2);
      }),
    );
  });

  it("reads the part of a buffer that it is given", () => {
    expect(medianMagnitude(Float32Array.of(100, 1, 2, 3).subarray(1))).toBe(2);
  });
});
