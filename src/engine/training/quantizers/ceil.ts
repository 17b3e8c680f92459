/** The quantizer Q_b, with a trained scale. */
import type { ChannelMajorWeights } from "../../graph/layout";
import { groupBounds, groupingOf } from "../../schemes/grouping";
import { fitScheme } from "../../schemes/registry";
import type { SchemeSettings } from "../../schemes/scheme";
import { withKernels } from "../kernels/kernels";
import { channelMajor, type WeightQuantizer } from "./quantizer";

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * `ŵ = α·Q_b(w / max|w|)` with the scheme's own codes and a trained α a group, `α = α₀·e^factor`; α₀ is that of least
 * squared error. The gradient by a master is that by ŵ, and `∂E/∂factor = Σ ŵ·∂E/∂ŵ`.
 * Source: Ivan, Quantization Schemes For Training Neural Networks, eq. 3–4.
 */
export function ceilQuantizer(weights: ChannelMajorWeights, settings: SchemeSettings): WeightQuantizer {
  const { bits, granularity } = settings;
  const codeMax = 2 ** (bits - 1);
  const grouping = groupingOf(weights, granularity);
  const bounds = groupBounds(grouping);
  const start = fitScheme(weights, settings).scales;
  const factors = new Float32Array(start.length);
  const scaleOf = (group: number) => start[group] * Math.exp(factors[group]);
  const scales = () => start.map((_, group) => scaleOf(group));
  return {
    trained: factors,
    floatForward: false,
    found: [],
    refit: () => undefined,
    restore: () => undefined,
    quantize: (masters, target) => {
      withKernels([masters, target], (kernels, [from, to]) => {
        for (let group = 0; group < start.length; group++) {
          const offset = BYTES * bounds[group];
          const count = bounds[group + 1] - bounds[group];
          const range = kernels.largestMagnitude(from + offset, count) || 1;
          kernels.roundUp(from + offset, to + offset, count, codeMax, range, scaleOf(group));
        }
      });
    },
    backward: (_, quantized, gradients, trainedGradients) => {
      withKernels([gradients, quantized], (kernels, [a, b]) => {
        for (let group = 0; group < start.length; group++) {
          const offset = BYTES * bounds[group];
          const count = bounds[group + 1] - bounds[group];
          trainedGradients[group] = kernels.sumOfProducts(a + offset, b + offset, count);
        }
      });
    },
    scales,
    codes: (masters) => ({ ...fitScheme(channelMajor(masters, weights), settings), scales: scales() }),
  };
}
