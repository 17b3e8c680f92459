/** The palette of least squared error. */
import type { ChannelMajorWeights } from "../graph/layout";
import { nearestCodes } from "./codebook";
import { groupingOf } from "./grouping";
import { optimalCentres } from "./kmeans";
import type { QuantizedWeights, Scheme, SchemeSettings } from "./scheme";

/**
 * 2^bits centres of least squared error, by the global optimum of one-dimensional k-means (`kmeans.ts`); a weight takes the nearest.
 * Where there are no more distinct weights than centres, each is its own. A group is the tensor or one output channel.
 * Source: Köksal, Alpaydın, Dündar, Weight Quantization for Multi-layer Perceptrons Using Soft Weight Sharing (2001), "K-means".
 */
export const codebookKmeans: Scheme = {
  id: "codebook-kmeans",
  description: "Indices into the palette of least squared error, found exactly",
  minBits: 1,
  maxBits: 8,
  granularities: ["tensor", "channel"],
  clips: ["max"],
  rounds: false,
  options: ["palette"],
  fit: fitCodebookKmeans,
};

function fitCodebookKmeans(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const grouping = groupingOf(weights, settings.granularity);
  return nearestCodes(weights, grouping, settings, (start, end) =>
    optimalCentres(weights.values.slice(start, end).sort(), 2 ** settings.bits),
  );
}
