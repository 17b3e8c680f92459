/** A palette of equally spaced centres. */
import type { ChannelMajorWeights } from "../graph/layout";
import { minMax } from "./clipping";
import { nearestCodes } from "./codebook";
import { groupingOf } from "./grouping";
import type { QuantizedWeights, Scheme, SchemeSettings } from "./scheme";

/**
 * The range from the smallest to the largest weight in 2^bits cells of equal width; their middles are the centres, and a
 * weight takes the nearest: at most half a cell away. A single distinct weight is its own centre.
 * A group is the tensor or one output channel.
 * Source: Köksal, Alpaydın, Dündar, Weight Quantization for Multi-layer Perceptrons Using Soft Weight Sharing (2001), "Uniform".
 */
export const codebookUniform: Scheme = {
  id: "codebook-uniform",
  description: "Indices into a palette of equally spaced values",
  minBits: 1,
  maxBits: 8,
  granularities: ["tensor", "channel"],
  clips: ["max"],
  rounds: false,
  options: ["palette"],
  fit: fitCodebookUniform,
};

function fitCodebookUniform(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const grouping = groupingOf(weights, settings.granularity);
  return nearestCodes(weights, grouping, settings, (start, end) => {
    const [min, max] = minMax(weights.values, start, end);
    return min === max ? Float64Array.of(min) : cellMiddles(min, max, 2 ** settings.bits);
  });
}

function cellMiddles(min: number, max: number, cells: number): Float64Array {
  return Float64Array.from({ length: cells }, (_, cell) => min + ((max - min) * (cell + 0.5)) / cells);
}
