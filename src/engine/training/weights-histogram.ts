/** How the weights of a layer lie while they are trained: what settles on the levels of its codes, or on the means of a mixture. */
import type { TrainingHistogram } from "../../protocol/training";
import { quantizationGrid } from "../analysis/grid";
import { histogram } from "../analysis/histogram";
import type { TrainedWeights } from "./trained-weights";

/** Null where no layer of that name is trained. */
export function histogramOf(layer: string, step: number, weights: readonly TrainedWeights[]): TrainingHistogram | null {
  const own = weights.find(({ tied }) => tied.layers.some(({ name }) => name === layer));
  if (own === undefined) return null;
  own.forward(false);
  const codes = own.unfoldedCodes();
  const { min, max, counts, quantizedCounts } = histogram(own.masters, own.decoded);
  const { channels, perChannel } = own.layer.layout;
  return {
    kind: "histogram",
    step,
    layer,
    min,
    max,
    counts: [...counts],
    quantizedCounts: [...(quantizedCounts ?? [])],
    grid: codes === null ? null : quantizationGrid(codes, widestChannel(own.masters, perChannel), channels),
    mixture: codes?.kind === "codebook" ? codes.mixture : null,
  };
}

/** The channel that holds the largest magnitude. @param masters channel-major */
function widestChannel(masters: Float32Array, perChannel: number): number {
  let at = 0;
  for (let i = 1; i < masters.length; i++) if (Math.abs(masters[i]) > Math.abs(masters[at])) at = i;
  return Math.floor(at / perChannel);
}
