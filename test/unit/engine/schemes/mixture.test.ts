import { describe, expect, it } from "vitest";
import { decode } from "../../../../src/engine/schemes/decode";
import { optimalCentres } from "../../../../src/engine/schemes/kmeans";
import { fitMixture, logDensities, type Mixture } from "../../../../src/engine/schemes/mixture";
import { mixtureOf } from "../../../../src/engine/schemes/codebook-mixture";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import { weightedPoints, type WeightedPoints } from "../../../../src/engine/schemes/weighted-points";
import { gaussian, laplace, settingsOf, weightsOf } from "./weights";

const pointsOf = (values: Float32Array): WeightedPoints => weightedPoints(values.slice().sort(), 4096);

function logLikelihood({ values, counts }: WeightedPoints, mixture: Mixture): number {
  const { offsets, precisions } = logDensities(mixture);
  return values.reduce((total, x, p) => {
    const density = mixture.means.reduce((sum, mean, j) => {
      return sum + Math.exp(offsets[j] - precisions[j] * (x - mean) ** 2);
    }, 0);
    return total + counts[p] * Math.log(density);
  }, 0);
}

/** Half of the weights around −1, half twice as wide around 2. */
const twoHumps = Float32Array.from(gaussian(40_000, 6), (value, i) =>
  i % 2 === 0 ? -1 + 0.2 * value : 2 + 0.4 * value,
);

describe("fitMixture", () => {
  it("recovers a mixture", () => {
    const { shares, means, deviations } = mixtureOf(twoHumps.slice().sort(), 2, false);
    [0.5, 0.5].forEach((share, j) => expect(shares[j]).toBeCloseTo(share, 2));
    [-1, 2].forEach((mean, j) => expect(means[j]).toBeCloseTo(mean, 1));
    [0.2, 0.4].forEach((deviation, j) => expect(deviations[j]).toBeCloseTo(deviation, 2));
  });

  it("never lowers the likelihood", () => {
    const points = pointsOf(laplace(5000, 3));
    let mixture: Mixture = {
      shares: new Float64Array(6).fill(1 / 6),
      means: Float64Array.of(-3, -1, -0.5, 0.5, 1, 3),
      deviations: new Float64Array(6).fill(1),
    };
    for (let step = 0; step < 20; step++) {
      const next = fitMixture(points, mixture, { maxIterations: 1, minDeviation: 1e-6, pinned: null, equal: false });
      expect(logLikelihood(points, next)).toBeGreaterThanOrEqual(logLikelihood(points, mixture) - 1e-6);
      mixture = next;
    }
  });

  it("with equal priors and equal small variances stays at the k-means optimum and leaves other points for one of Lloyd's", () => {
    const sorted = gaussian(3000, 12).sort();
    const points = pointsOf(sorted);
    const centres = optimalCentres(sorted, 8);
    const equal = (means: Float64Array): Mixture => ({
      shares: new Float64Array(8).fill(1 / 8),
      means,
      deviations: new Float64Array(8).fill(1e-4),
    });
    const fit = { maxIterations: 200, minDeviation: 1e-9, pinned: null, equal: true };
    const kept = fitMixture(points, equal(centres), fit);
    kept.means.forEach((mean, j) => {
      expect(mean).toBeCloseTo(centres[j], 6);
    });
    const moved = fitMixture(points, equal(centres.map((centre) => centre + 0.3)), fit);
    moved.means.forEach((mean, j) => {
      const low = j === 0 ? -Infinity : (moved.means[j - 1] + mean) / 2;
      const high = j === 7 ? Infinity : (mean + moved.means[j + 1]) / 2;
      const own = sorted.filter((value) => value > low && value <= high);
      expect(mean).toBeCloseTo(own.reduce((sum, value) => sum + value, 0) / own.length, 2);
    });
  });

  it("never collapses: deviations stay above the floor and finite", () => {
    const spike = Float32Array.from([...new Array<number>(500).fill(0.25), ...gaussian(500), 80]);
    const points = pointsOf(spike);
    const { shares, means, deviations } = mixtureOf(spike.slice().sort(), 16, false);
    const mean = spike.reduce((sum, value) => sum + value, 0) / spike.length;
    const std = Math.sqrt(spike.reduce((sum, value) => sum + (value - mean) ** 2, 0) / spike.length);
    expect(points.merged).toBe(false);
    expect(deviations.every((deviation) => deviation >= 0.999e-3 * std && Number.isFinite(deviation))).toBe(true);
    expect(means.every(Number.isFinite)).toBe(true);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });
});

describe("codebook-mixture", () => {
  it("pins one mean to zero where asked for", () => {
    const values = Float32Array.from(gaussian(4000, 21), (value) => value + 0.37);
    const fit = (zeroComponent: boolean) =>
      fitScheme(weightsOf(values), settingsOf("codebook-mixture", 3, { zeroComponent }));
    const pinned = fit(true);
    const free = fit(false);
    if (pinned.kind !== "codebook" || free.kind !== "codebook") throw new Error("expected palettes");
    expect(pinned.mixture?.some(({ mean }) => mean === 0)).toBe(true);
    expect(free.mixture?.some(({ mean }) => mean === 0)).toBe(false);
    expect(pinned.palette).toContain(0);
  });

  it("gives a weight the mean of the component with the largest responsibility", () => {
    const quantized = fitScheme(weightsOf(twoHumps), settingsOf("codebook-mixture", 2));
    if (quantized.kind !== "codebook" || quantized.mixture === null) throw new Error("expected a mixture");
    const components = quantized.mixture;
    expect(components.map(({ mean }) => mean)).toEqual(components.map(({ mean }) => mean).sort((a, b) => a - b));
    const decoded = decode(quantized);
    const density = (x: number, j: number): number => {
      const { share, mean, deviation } = components[j];
      return (share / deviation) * Math.exp(-((x - mean) ** 2) / (2 * deviation ** 2));
    };
    for (let i = 0; i < 300; i++) {
      const densities = components.map((_, j) => density(twoHumps[i], j));
      const likeliest = densities.indexOf(Math.max(...densities));
      expect(quantized.codes[i]).toBe(likeliest);
      expect(decoded[i]).toBeCloseTo(components[likeliest].mean, 3);
    }
  });
});
