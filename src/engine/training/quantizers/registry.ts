/** The quantizer in the loop of every weight scheme. */
import type { ChannelMajorWeights } from "../../graph/layout";
import type { SchemeSettings } from "../../schemes/scheme";
import { ceilQuantizer } from "./ceil";
import { learnedRangeQuantizer } from "./learned-range";
import type { WeightQuantizer } from "./quantizer";
import { mixtureQuantizer } from "./mixture";
import { paletteQuantizer, refittedQuantizer } from "./refitted";

export interface QuantizerOptions {
  /** False lets scales follow the masters in every step, as the scheme fits them. */
  readonly trainsScales: boolean;
  /** Weight ν of soft weight sharing, for `codebook-mixture`; null finds its palette again now and then. */
  readonly sharing: number | null;
}

/**
 * @param weights where training starts
 */
export function weightQuantizer(
  weights: ChannelMajorWeights,
  settings: SchemeSettings,
  { trainsScales, sharing }: QuantizerOptions,
): WeightQuantizer {
  if (settings.scheme === "codebook-mixture" && sharing !== null) return mixtureQuantizer(weights, settings, sharing);
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
