/** The record of the transforms as the report carries it. */
import type { Transforms } from "../../protocol/transforms";
import type { Calibration } from "../activations/calibrate";
import type { Layer } from "../graph/layer";
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
