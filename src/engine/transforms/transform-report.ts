/** The records of transforms and bias correction as the report carries them. */
import type { Transforms } from "../../protocol/transforms";
import type { Calibration } from "../activations/calibrate";
import type { Layer } from "../graph/layer";
import type { BiasCorrectionRecord } from "./bias-correction";
import { calibratedRanges, channelFigures } from "./channel-figures";
import type { TransformedModel } from "./transform";

/**
 * @param original layers of the model that was transformed
 * @param calibration of the transformed model
 */
export function transformReport(
  original: readonly Layer[],
  { record, regions, ranges, layers }: TransformedModel,
  calibration: Calibration,
): Transforms {
  const { equalization } = record;
  const before = { layers: original, ranges };
  const after = { layers, ranges: calibratedRanges(calibration) };
  return {
    ...record,
    equalization: equalization && {
      ...equalization,
      regions: equalization.regions.map((region) => ({
        layers: region.layers,
        consumers: region.consumers,
        common: region.common,
        scaledClips: region.scaledClips,
      })),
    },
    figures: channelFigures(regions, before, after, equalization),
  };
}

/** One sentence: how many biases were corrected. */
export function biasCorrectionNote({ method, layers, left }: BiasCorrectionRecord): string {
  const kept = layers.filter((layer) => layer.kept).length;
  const others = kept < layers.length ? "; in the others the error would not have fallen" : "";
  const without = left.length > 0 ? `; nothing to correct in ${left.map(({ layer }) => layer).join(", ")}` : "";
  return `Biases of ${kept} of ${layers.length} layers were corrected (${method})${others}${without}.`;
}
