import { describe, expect, it } from "vitest";
import { Distribution } from "../../../../src/engine/activations/distribution";
import { activationParameters, type ActivationSettings } from "../../../../src/engine/activations/parameters";
import { chooseRange, squaredError, type RangeRule } from "../../../../src/engine/activations/ranges";
import { randomValues } from "../onnx/model-builder";

const AFFINE: ActivationSettings = { scheme: "affine", bits: 8 };

function observed(...batches: Float32Array[]) {
  const distribution = new Distribution();
  let [min, max] = [Infinity, -Infinity];
  for (const batch of batches) {
    for (const x of batch) [min, max] = [Math.min(min, x), Math.max(max, x)];
    expect(distribution.add(batch, min, max)).toBe(true);
  }
  return { min, max, distribution };
}

const range = (group: ReturnType<typeof observed>, rule: RangeRule, settings = AFFINE, percentile?: number) =>
  chooseRange(group, percentile === undefined ? { rule } : { rule, percentile }, settings);

/** Sums of three: bell-shaped, in (-3, 3). */
const bell = (count: number, seed: number) => {
  const values = randomValues(3 * count, seed);
  return Float32Array.from({ length: count }, (_, i) => values[3 * i] + values[3 * i + 1] + values[3 * i + 2]);
};

describe("a distribution", () => {
  it("keeps every count when its range grows on both sides", () => {
    const { distribution } = observed(
      Float32Array.of(0.1, 0.2, 0),
      Float32Array.of(50, 0.15),
      Float32Array.of(-700, 0, 0.2),
      Float32Array.of(9000),
    );
    expect(distribution.total).toBe(9);
    expect(distribution.zeros).toBe(2);
    expect(distribution.counts.reduce((sum, count) => sum + count, 0)).toBe(7);
    expect(distribution.min).toBeLessThanOrEqual(-700);
    expect(distribution.centre(distribution.counts.length - 1)).toBeGreaterThan(8000);
    const bin = distribution.counts.findLastIndex((count) => count > 0);
    expect(Math.abs(distribution.centre(bin) - 9000)).toBeLessThanOrEqual(distribution.binWidth);
  });

  it("has at least 4,096 bins over its range after growing", () => {
    const { distribution, min, max } = observed(
      bell(1000, 1),
      bell(1000, 2).map((x) => 2.6 * x),
    );
    expect((max - min) / distribution.binWidth).toBeGreaterThanOrEqual(4096);
  });

  it("refuses NaN and Infinity", () => {
    expect(new Distribution().add(Float32Array.of(1, NaN), 0, 1)).toBe(false);
    expect(new Distribution().add(Float32Array.of(1, Infinity), 0, 1)).toBe(false);
  });

  it("shows all values, zeros included, in fewer bins", () => {
    const { distribution } = observed(Float32Array.of(-1, 0, 0, 1, 0.5));
    const { counts, min, max } = distribution.coarse(64);
    expect(counts).toHaveLength(64);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(min).toBeLessThanOrEqual(-1);
    expect(max).toBeGreaterThanOrEqual(1);
    expect(counts[31] + counts[32]).toBe(2);
  });
});

describe("rules", () => {
  it("max is the exact range", () => {
    const group = observed(bell(500, 3));
    expect(range(group, "max")).toEqual({ min: group.min, max: group.max });
  });

  it("percentile leaves the asked-for share outside at each end", () => {
    const values = bell(100_000, 4);
    const group = observed(values);
    const { min, max } = range(group, "percentile", AFFINE, 99);
    const above = values.filter((x) => x > max).length / values.length;
    const below = values.filter((x) => x < min).length / values.length;
    expect(above).toBeCloseTo(0.01, 3);
    expect(below).toBeCloseTo(0.01, 3);
    expect(range(group, "percentile", AFFINE, 100)).toEqual({ min: group.min, max: group.max });
  });

  it("percentile keeps an end at zero, and counts zeros", () => {
    const values = bell(100_000, 5).map((x) => Math.max(0, x));
    const { min, max } = range(observed(values), "percentile", AFFINE, 99);
    expect(min).toBe(0);
    expect(values.filter((x) => x > max).length / values.length).toBeCloseTo(0.01, 3);
  });

  it("mse makes the least error of all ranges tried by force", () => {
    const group = observed(Float32Array.from([...bell(20_000, 6), 40, -25]));
    for (const settings of [AFFINE, { scheme: "symmetric", bits: 8 }, { scheme: "pow2", bits: 8 }] as const) {
      const error = (low: number, high: number) =>
        squaredError(group.distribution, activationParameters(settings, low, high));
      const chosen = range(group, "mse", settings);
      let least = Infinity;
      for (let i = 1; i <= 40; i++) {
        for (let j = 1; j <= 40; j++) least = Math.min(least, error((group.min * i) / 40, (group.max * j) / 40));
      }
      expect(error(chosen.min, chosen.max)).toBeLessThanOrEqual(1.05 * least);
      expect(error(chosen.min, chosen.max)).toBeLessThan(error(group.min, group.max));
    }
  });

  it("entropy clips far outliers and keeps the body", () => {
    const group = observed(Float32Array.from([...bell(50_000, 7), 60]));
    const { max } = range(group, "entropy");
    expect(max).toBeLessThan(15);
    expect(max).toBeGreaterThan(1.5);
  });

  it("entropy keeps a distribution without tails as it is", () => {
    const group = observed(randomValues(100_000, 8));
    expect(range(group, "entropy").max).toBeGreaterThan(0.95);
  });

  it("all stay inside the exact range, and at it where it is a single value", () => {
    for (const rule of ["max", "percentile", "mse", "entropy"] as const) {
      const group = observed(bell(300, 9));
      const { min, max } = range(group, rule);
      expect(min).toBeGreaterThanOrEqual(group.min);
      expect(max).toBeLessThanOrEqual(group.max);
      expect(range(observed(Float32Array.of(3, 3)), rule)).toEqual({ min: 3, max: 3 });
      expect(range(observed(Float32Array.of(0, 0)), rule)).toEqual({ min: 0, max: 0 });
    }
  });
});
