import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { KMEANS_RESOLUTION, lloyd, optimalCentres } from "../../../../src/engine/schemes/kmeans";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import { weightedPoints } from "../../../../src/engine/schemes/weighted-points";
import { gaussian, generator, laplace, settingsOf, squaredError, weightsOf } from "./weights";

function errorOf(values: Float32Array, centres: Float64Array): number {
  return values.reduce((sum, value) => sum + centres.reduce((l, c) => Math.min(l, (value - c) ** 2), Infinity), 0);
}

/** The least error over all partitions of sorted values into intervals, tried one by one. */
function exhaustive(sorted: Float32Array, count: number, from = 0): number {
  const errorWithin = (start: number, end: number): number => {
    const part = sorted.subarray(start, end);
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return part.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  if (count === 1) return errorWithin(from, sorted.length);
  let least = Infinity;
  for (let end = from + 1; end <= sorted.length - count + 1; end++) {
    least = Math.min(least, errorWithin(from, end) + exhaustive(sorted, count - 1, end));
  }
  return least;
}

describe("optimalCentres", () => {
  it("finds the optimum that all partitions tried one by one have", () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 11 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 4 }), (numbers, count) => {
        const sorted = Float32Array.from(numbers).sort();
        const centres = optimalCentres(sorted, count);
        const expected = centres.length < count ? 0 : exhaustive(sorted, count);
        expect(errorOf(sorted, centres)).toBeCloseTo(expected, 6);
      }),
    );
  });

  it.each([
    ["Gaussian", gaussian(1500, 2)],
    ["Laplace", laplace(1500, 2)],
  ])("is never worse than 50 random restarts of Lloyd on %s weights", (_, values) => {
    const sorted = values.slice().sort();
    const uniform = generator(17);
    for (const count of [2, 4, 8, 16]) {
      const optimal = errorOf(sorted, optimalCentres(sorted, count));
      for (let restart = 0; restart < 50; restart++) {
        const start = Float64Array.from({ length: count }, () => sorted[Math.floor(uniform() * sorted.length)]).sort();
        expect(optimal).toBeLessThanOrEqual(errorOf(sorted, lloyd(sorted, start)) * (1 + 1e-9));
      }
    }
  });

  it("gives every distinct weight its own centre where there are no more than centres", () => {
    expect(optimalCentres(Float32Array.of(-1, -1, 2, 2, 2, 5), 4)).toEqual(Float64Array.of(-1, 2, 5));
    expect(optimalCentres(Float32Array.of(3, 3), 1)).toEqual(Float64Array.of(3));
  });

  it("stays within the stated bound where weights are merged", () => {
    const sorted = laplace(12_000, 4).sort();
    const resolution = 64;
    const range = sorted[sorted.length - 1] - sorted[0];
    for (const count of [4, 16]) {
      const exact = errorOf(sorted, optimalCentres(sorted, count));
      const merged = errorOf(sorted, optimalCentres(sorted, count, resolution));
      expect(merged).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(merged - exact).toBeLessThanOrEqual(2 * (range / resolution) ** 2 * sorted.length);
    }
  });
});

describe("weightedPoints", () => {
  it("keeps to its number of points and to its limits on each", () => {
    for (const [seed, resolution] of [
      [1, 10],
      [2, 50],
      [3, 333],
    ]) {
      const sorted = laplace(20_000, seed).sort();
      const points = weightedPoints(sorted, resolution);
      expect(points.merged).toBe(true);
      expect(points.values.length).toBeLessThanOrEqual(3 * resolution + 1);
      expect(points.counts.reduce((sum, count) => sum + count, 0)).toBe(sorted.length);
      const range = sorted[sorted.length - 1] - sorted[0];
      let first = 0;
      for (const count of points.counts) {
        const width = sorted[first + count - 1] - sorted[first];
        if (width > 0) {
          expect(count).toBeLessThanOrEqual(sorted.length / resolution);
          expect(width).toBeLessThanOrEqual(range / resolution);
        }
        first += count;
      }
    }
  });

  it("merges nothing while there are few distinct weights", () => {
    const points = weightedPoints(Float32Array.of(1, 1, 2, 4), 1);
    expect(points).toEqual({ values: Float64Array.of(1, 2, 4), counts: Float64Array.of(2, 1, 1), merged: false });
  });

  it("leaves indices of 16 bits enough for k-means", () => {
    expect(3 * KMEANS_RESOLUTION + 1).toBeLessThanOrEqual(65_536);
  });
});

describe("codebook-kmeans", () => {
  const onGrid = Float32Array.from({ length: 600 }, (_, i) => ((i * 37) % 255) - 127).map((value) => value * 0.01);

  it.each([
    ["Gaussian", gaussian(3000, 8)],
    ["Laplace", laplace(3000, 8)],
    ["on a grid", onGrid],
  ])("has no more error than any scheme of as many equal steps: %s", (_, values) => {
    const weights = weightsOf(values);
    for (let bits = 2; bits <= 8; bits++) {
      const kmeans = squaredError(values, fitScheme(weights, settingsOf("codebook-kmeans", bits)));
      for (const scheme of ["codebook-uniform", "symmetric", "affine", "pow2", "log2", "ceil"]) {
        const other = squaredError(values, fitScheme(weights, settingsOf(scheme, bits)));
        expect(kmeans, `${scheme} ${bits}`).toBeLessThanOrEqual(other * (1 + 1e-6) + 1e-9);
      }
    }
  });
});
