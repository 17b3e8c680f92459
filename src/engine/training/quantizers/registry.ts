/** The quantizer in the loop of every weight scheme. */
import type { ChannelMajorWeights } from "../../graph/layout";
import type { SchemeSettings } from "../../schemes/scheme";
import { ceilQuantizer } from "./ceil";
import { learnedRangeQuantizer } from "./learned-range";
import type { WeightQuantizer } from "./quantizer";
import { paletteQuantizer, refittedQuantizer } from "./refitted";

/**
 * @param weights where training starts
 * @param trainsScales false lets the scales follow the masters in every step, as the scheme fits them
 */
export function weightQuantizer(
  weights: ChannelMajorWeights,
  settings: SchemeSettings,
  trainsScales: boolean,
): WeightQuantizer {
  if (settings.scheme.startsWith("codebook-")) return paletteQuantizer(weights, settings);
  if (!trainsScales) return refittedQuantizer(weights, settings);
  switch (settings.scheme) {
    case "ceil":
      return ceilQuantizer(weights, settings);
    case "symmetric":
    case "affine":
    case "pow2":
      return learnedRangeQuantizer(weights, settings);
    default:
      return refittedQuantizer(weights, settings);
  }
}
