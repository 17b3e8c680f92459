/** Soft weight sharing after training: the palette is the means of a Gaussian mixture. */
import type { ChannelMajorWeights } from "../graph/layout";
import { codesWithPalette, nearestCodes, paletteOf } from "./codebook";
import { encodeInChunks } from "./codes";
import { groupingOf } from "./grouping";
import { optimalCentres } from "./kmeans";
import { fitMixture, logDensities, type Mixture } from "./mixture";
import { schemeOptions } from "./options";
import type { CodebookCodes, MixtureComponent, QuantizedWeights, Scheme, SchemeSettings } from "./scheme";
import { weightedPoints, type WeightedPoints } from "./weighted-points";

/** Points of at most 1/4096 of the weights and of the range stand for the weights while the mixture is fitted. */
const RESOLUTION = 4096;

const MAX_ITERATIONS = 50;

/** The smallest σ in units of the standard deviation of all weights: no component collapses onto a single weight. */
const MIN_DEVIATION = 1e-3;

/**
 * A mixture of 2^bits Gaussians, fitted by expectation maximization (`mixture.ts`) from the optimal k-means partition: 50 iterations at
 * most, σ at least a thousandth of the standard deviation of the weights. A weight takes the mean of the component with the largest
 * responsibility. With `zeroComponent` the component that starts nearest to 0 has mean 0 throughout.
 * Where there are fewer distinct weights than components, there are as many components as those. With given centres a weight
 * takes the nearest.
 *
 * Unlike k-means it keeps wide clusters wide, which costs SQNR; trained networks tend to lose less by it than by the
 * same squared error elsewhere.
 * Source: Köksal, Alpaydın, Dündar, Weight Quantization for Multi-layer Perceptrons Using Soft Weight Sharing (2001), eq. 1–2.
 */
export const codebookMixture: Scheme = {
  id: "codebook-mixture",
  description: "Indices into the means of a Gaussian mixture (soft weight sharing)",
  minBits: 1,
  maxBits: 8,
  granularities: ["tensor"],
  clips: ["max"],
  rounds: false,
  options: ["palette", "zeroComponent"],
  fit: fitCodebookMixture,
};

function fitCodebookMixture(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const { values } = weights;
  const { zeroComponent } = schemeOptions(settings);
  const grouping = groupingOf(weights, settings.granularity);
  if (settings.parameters !== undefined) return nearestCodes(weights, grouping, settings, () => NO_PALETTE.entries);
  if (values.length === 0) return codesWithPalette(new Uint8Array(0), grouping, settings, NO_PALETTE, []);
  return mixtureCodes(weights, settings, mixtureOf(values.slice().sort(), 2 ** settings.bits, zeroComponent));
}

/** Codes by a given mixture: the likeliest component of each weight. */
export function mixtureCodes(weights: ChannelMajorWeights, settings: SchemeSettings, mixture: Mixture): CodebookCodes {
  const grouping = groupingOf(weights, settings.granularity);
  const sorted = ascending(mixture);
  const codes = likeliestComponents(weights.values, sorted);
  const palette = paletteOf(sorted.means, schemeOptions(settings).palette);
  return codesWithPalette(codes, grouping, settings, palette, componentsOf(sorted));
}

const NO_PALETTE = { scale: 1, entries: Float64Array.of(0) };

/**
 * The mixture fitted to sorted weights, components by ascending mean.
 * @param zeroComponent the component that starts nearest to 0 keeps the mean 0
 */
export function mixtureOf(sorted: Float32Array, count: number, zeroComponent: boolean): Mixture {
  const points = weightedPoints(sorted, RESOLUTION);
  const minDeviation = MIN_DEVIATION * (standardDeviation(points) || Math.abs(points.values[0]) || 1);
  const centres = optimalCentres(sorted, count);
  const pinned = zeroComponent ? nearestIndex(centres, 0) : null;
  if (pinned !== null) centres[pinned] = 0;
  const start = hardMixture(points, centres, minDeviation);
  return ascending(fitMixture(points, start, { maxIterations: MAX_ITERATIONS, minDeviation, pinned, equal: false }));
}

/** Each point belongs to its nearest centre: the shares and deviations of these clusters. */
function hardMixture(points: WeightedPoints, centres: Float64Array, minDeviation: number): Mixture {
  const counts = new Float64Array(centres.length);
  const squares = new Float64Array(centres.length);
  let total = 0;
  for (let p = 0; p < points.values.length; p++) {
    const nearest = nearestIndex(centres, points.values[p]);
    const difference = points.values[p] - centres[nearest];
    const count = points.counts[p];
    counts[nearest] += count;
    squares[nearest] += count * difference * difference;
    total += count;
  }
  return {
    shares: counts.map((count) => Math.max(count, 1) / total),
    means: centres,
    deviations: squares.map((square, j) => Math.max(Math.sqrt(square / Math.max(counts[j], 1)), minDeviation)),
  };
}

function likeliestComponents(values: Float32Array, mixture: Mixture): CodebookCodes["codes"] {
  const { means } = mixture;
  const { offsets, precisions } = logDensities(mixture);
  return encodeInChunks(Uint32Array.of(0, values.length), 0, 2 ** 8 - 1, (_, start, end, buffer, bufferStart) => {
    for (let i = start; i < end; i++) {
      const value = values[i];
      let likeliest = 0;
      let largest = -Infinity;
      for (let j = 0; j < means.length; j++) {
        const distance = value - means[j];
        const log = offsets[j] - precisions[j] * distance * distance;
        if (log > largest) {
          largest = log;
          likeliest = j;
        }
      }
      buffer[i - start + bufferStart] = likeliest;
    }
  });
}

function standardDeviation({ values, counts }: WeightedPoints): number {
  let total = 0;
  let sum = 0;
  for (let p = 0; p < values.length; p++) {
    total += counts[p];
    sum += counts[p] * values[p];
  }
  const mean = sum / total;
  let squares = 0;
  for (let p = 0; p < values.length; p++) squares += counts[p] * (values[p] - mean) ** 2;
  return Math.sqrt(squares / total);
}

function nearestIndex(centres: Float64Array, value: number): number {
  let nearest = 0;
  for (let j = 1; j < centres.length; j++) {
    if (Math.abs(centres[j] - value) < Math.abs(centres[nearest] - value)) nearest = j;
  }
  return nearest;
}

function ascending({ shares, means, deviations }: Mixture): Mixture {
  const order = Array.from(means.keys()).sort((a, b) => means[a] - means[b]);
  const sorted = (array: Float64Array): Float64Array => Float64Array.from(order, (j) => array[j]);
  return { shares: sorted(shares), means: sorted(means), deviations: sorted(deviations) };
}

function componentsOf({ shares, means, deviations }: Mixture): MixtureComponent[] {
  return Array.from(means, (mean, j) => ({ share: shares[j], mean, deviation: deviations[j] }));
}
