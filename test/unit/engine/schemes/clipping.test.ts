import { describe, expect, it } from "vitest";
import { gaussClip, laplaceClip } from "../../../../src/engine/schemes/clipping-aciq";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import type { Clip, SchemeSettings } from "../../../../src/engine/schemes/scheme";
import { gaussian, laplace, settingsOf, squaredError, weightsOf } from "./weights";

/** The largest magnitude that symmetric codes reach. */
function rangeOf(values: Iterable<number>, settings: SchemeSettings): number {
  const { scales, codeMax } = fitScheme(weightsOf(values), settings);
  return scales[0] * codeMax;
}

const rules: Clip[] = ["percentile", "mse", "entropy", "aciq"];

describe("percentile", () => {
  const values = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? i + 1 : -(i + 1)));

  it.each([
    [99, 990],
    [90, 900],
    [99.99, 1000],
    [100, 1000],
  ])("%f keeps magnitudes up to %i of 1…1000", (percentile, range) => {
    expect(rangeOf(values, settingsOf("symmetric", 8, { clip: "percentile", percentile }))).toBeCloseTo(range, 9);
  });

  it("shares the rest between both sides of a range with a zero point", () => {
    const spread = Array.from({ length: 1000 }, (_, i) => i - 499);
    const quantized = fitScheme(weightsOf(spread), settingsOf("affine", 8, { clip: "percentile", percentile: 90 }));
    expect(quantized.scales[0] * 255).toBeCloseTo(900, 6);
  });

  it("is that of max where nothing would be left", () => {
    const sparse = [...new Array<number>(999).fill(0), 5];
    expect(rangeOf(sparse, settingsOf("symmetric", 8, { clip: "percentile", percentile: 90 }))).toBe(5);
  });
});

describe("mse", () => {
  it.each(["symmetric", "affine", "pow2"])("never has more error than max: %s", (scheme) => {
    for (const values of [gaussian(900), laplace(9000), Float32Array.from([...gaussian(5000), 30])]) {
      for (const bits of [2, 3, 4, 6, 8, 12]) {
        const error = (clip: Clip): number =>
          squaredError(values, fitScheme(weightsOf(values), settingsOf(scheme, bits, { clip })));
        expect(error("mse")).toBeLessThanOrEqual(error("max") * (1 + 1e-9));
      }
    }
  });

  it.each([
    ["as points", 3000],
    ["in bins", 30_000],
  ])("comes within 1 % of the best range of a dense grid: %s", (_, count) => {
    const values = laplace(count, 5);
    const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const errorAt = (range: number): number =>
      values.reduce((sum, value) => {
        const code = Math.min(Math.max(Math.round((value * 7) / range), -7), 7);
        return sum + (value - (code * range) / 7) ** 2;
      }, 0);
    let least = Infinity;
    for (let i = 1; i <= 300; i++) least = Math.min(least, errorAt((most * i) / 300));
    const found = squaredError(values, fitScheme(weightsOf(values), settingsOf("symmetric", 4, { clip: "mse" })));
    expect(found).toBeLessThanOrEqual(least * 1.01);
  });
});

describe("aciq", () => {
  it("solves to the published factors", () => {
    const published = {
      laplace: [2.83, 3.89, 5.03, 6.2, 7.41, 8.64, 9.89],
      gauss: [1.71, 2.15, 2.55, 2.93, 3.28, 3.61, 3.92],
    };
    published.laplace.forEach((factor, i) => {
      expect(Math.abs(laplaceClip(i + 2) - factor)).toBeLessThan(0.011);
    });
    published.gauss.forEach((factor, i) => {
      expect(Math.abs(gaussClip(i + 2) - factor)).toBeLessThan(0.011);
    });
  });

  it("tells the distributions apart", () => {
    const settings = settingsOf("symmetric", 4, { clip: "aciq" });
    expect(rangeOf(gaussian(50_000), settings)).toBeCloseTo(2.55, 1);
    expect(Math.abs(rangeOf(laplace(50_000), settings) - 5.03)).toBeLessThan(0.1);
  });
});

describe("entropy", () => {
  const clipped = (bits: number, values: Float32Array): number =>
    rangeOf(values, settingsOf("symmetric", bits, { clip: "entropy" }));

  it("searches: it cuts a far outlier and keeps a flat distribution", () => {
    expect(clipped(8, Float32Array.from([...gaussian(50_000), 100]))).toBeLessThan(20);
    const flat = Float32Array.from({ length: 50_000 }, (_, i) => (i + 0.5) / 50_000);
    expect(clipped(8, flat)).toBeGreaterThan(0.95);
  });

  it("reaches further with more bits", () => {
    const values = laplace(100_000, 2);
    expect(clipped(4, values)).toBeLessThan(clipped(8, values));
  });

  it("leaves wide codes alone", () => {
    expect(clipped(12, Float32Array.of(1, 2, 50))).toBe(50);
  });
});

describe("every rule", () => {
  it.each(rules)("%s works per channel as on the channel alone", (clip) => {
    const first = gaussian(400, 1);
    const second = laplace(400, 2);
    const both = Float32Array.from([...first, ...second]);
    for (const scheme of ["symmetric", "affine", "pow2"]) {
      const scales = fitScheme(weightsOf(both, 2), settingsOf(scheme, 4, { clip, granularity: "channel" })).scales;
      const alone = [first, second].map(
        (values) => fitScheme(weightsOf(values), settingsOf(scheme, 4, { clip })).scales[0],
      );
      expect(Array.from(scales)).toEqual(alone);
    }
  });

  it.each(rules)("%s never widens the range and gains on heavy tails at 4 bits", (clip) => {
    const values = Float32Array.from([...laplace(30_000, 7), 60, -55]);
    const most = rangeOf(values, settingsOf("symmetric", 4));
    expect(rangeOf(values, settingsOf("symmetric", 4, { clip }))).toBeLessThan(most);
    for (const scheme of ["symmetric", "affine"]) {
      const error = (rule: Clip): number =>
        squaredError(values, fitScheme(weightsOf(values), settingsOf(scheme, 4, { clip: rule })));
      expect(error(clip)).toBeLessThan(error("max"));
    }
  });
});
