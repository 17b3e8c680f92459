/** The quantizer Q_b, with a trained scale. */
import type { ChannelMajorWeights } from "../../graph/layout";
import { symmetricRanges } from "../../schemes/clipping";
import { groupBounds, groupingOf } from "../../schemes/grouping";
import { fitScheme } from "../../schemes/registry";
import type { SchemeSettings } from "../../schemes/scheme";
import { channelMajor, type WeightQuantizer } from "./quantizer";

/** Quotients this close to a whole number are divided again, exactly. */
const NEAR_WHOLE = 1e-9;

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
      const ranges = symmetricRanges(masters, grouping, { ...settings, clip: "max" });
      for (let group = 0; group < ranges.length; group++) {
        quantizeGroup(masters, target, bounds[group], bounds[group + 1], ranges[group] || 1, codeMax, scaleOf(group));
      }
    },
    backward: (_, quantized, gradients, trainedGradients) => {
      for (let group = 0; group < start.length; group++) {
        let sum = 0;
        const end = bounds[group + 1];
        for (let i = bounds[group]; i < end; i++) sum += gradients[i] * quantized[i];
        trainedGradients[group] = sum;
      }
    },
    scales,
    codes: (masters) => ({ ...fitScheme(channelMajor(masters, weights), settings), scales: scales() }),
  };
}

/** A product in place of the scheme's division is faster, and decides alike but near whole numbers, where the division decides. */
function quantizeGroup(
  masters: Float32Array,
  target: Float32Array,
  start: number,
  end: number,
  range: number,
  codeMax: number,
  scale: number,
): void {
  const signs = new Int32Array(masters.buffer, masters.byteOffset, masters.length);
  const perRange = codeMax / range;
  for (let i = start; i < end; i++) {
    const magnitude = Math.abs(masters[i]);
    const position = magnitude * perRange;
    let steps = Math.ceil(position);
    const rest = steps - position;
    let sign = 1 - 2 * (signs[i] >>> 31);
    if (rest < NEAR_WHOLE || rest > 1 - NEAR_WHOLE) {
      steps = Math.ceil((magnitude * codeMax) / range);
      if (steps === 0) steps = sign = 1;
    }
    target[i] = sign * steps * scale;
  }
}
