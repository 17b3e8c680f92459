/** Uniform quantizers with a trained range: `symmetric`, `affine` and `pow2`. */
import type { ChannelMajorWeights } from "../../graph/layout";
import { asymmetricRanges, symmetricRanges } from "../../schemes/clipping";
import { groupBounds, groupingOf } from "../../schemes/grouping";
import { powersOfTwo, smallestExponents } from "../../schemes/power-of-two";
import { fitScheme } from "../../schemes/registry";
import { roundHalfEven, ROUNDERS } from "../../schemes/rounding";
import type { SchemeSettings } from "../../schemes/scheme";
import { channelMajor, type WeightQuantizer } from "./quantizer";

/** Weights rounded at a time; they stay in the processor's first cache. */
const CHUNK = 4096;

/** Ends of the ranges when training starts; the low ones count for `affine` alone. */
interface Ends {
  readonly lows: Float64Array;
  readonly highs: Float64Array;
}

/** What a group is rounded with: `ŵ = (denominator / numerator)·clamp(round(w·numerator/denominator), low, high)`. */
interface Step {
  readonly numerator: number;
  readonly denominator: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The scheme's codes in ranges `R = R₀·e^factor`, one factor a group; R₀ is what the clipping rule finds. With scale s,
 * `∂ŵ/∂ ln s` is `ŵ − w` inside the range and ŵ outside, where the gradient by the master is 0. `pow2` takes the power of two that
 * its range asks for and has the same gradient.
 * Source: Esser et al., Learned Step Size Quantization (2020), eq. 3; the scale's logarithm in place of the scale keeps it positive.
 */
export function learnedRangeQuantizer(weights: ChannelMajorWeights, settings: SchemeSettings): WeightQuantizer {
  const { scheme, rounding } = settings;
  const grouping = groupingOf(weights, settings.granularity);
  const bounds = groupBounds(grouping);
  const start: Ends =
    scheme === "affine"
      ? asymmetricRanges(weights.values, grouping, settings)
      : { lows: new Float64Array(bounds.length - 1), highs: symmetricRanges(weights.values, grouping, settings) };
  replaceEmpty(start);
  const factors = new Float32Array(bounds.length - 1);
  const parameters = (): number[] =>
    Array.from(factors).flatMap((factor, group) => {
      const stretch = Math.exp(factor);
      const high = start.highs[group] * stretch;
      return scheme === "affine" ? [start.lows[group] * stretch, high] : [high];
    });
  const buffer = new Int32Array(CHUNK);
  return {
    trained: factors,
    floatForward: false,
    found: [],
    refit: () => undefined,
    restore: () => undefined,
    quantize: (masters, target) => {
      const steps = stepsOf(settings, parameters());
      for (let group = 0; group < steps.length; group++) {
        const { numerator, denominator, low, high } = steps[group];
        const scale = denominator / numerator;
        for (let from = bounds[group]; from < bounds[group + 1]; from += CHUNK) {
          const to = Math.min(from + CHUNK, bounds[group + 1]);
          ROUNDERS[rounding](masters, from, to, numerator, denominator, low, high, 0, buffer, 0);
          for (let i = from; i < to; i++) target[i] = scale * buffer[i - from];
        }
      }
    },
    backward: (masters, quantized, gradients, trainedGradients) => {
      const steps = stepsOf(settings, parameters());
      for (let group = 0; group < steps.length; group++) {
        const { numerator, denominator, low, high } = steps[group];
        const least = (low * denominator) / numerator;
        const most = (high * denominator) / numerator;
        let sum = 0;
        for (let i = bounds[group]; i < bounds[group + 1]; i++) {
          const master = masters[i];
          if (master < least || master > most) {
            sum += gradients[i] * quantized[i];
            gradients[i] = 0;
          } else {
            sum += gradients[i] * (quantized[i] - master);
          }
        }
        trainedGradients[group] = sum;
      }
    },
    scales: () =>
      Float64Array.from(stepsOf(settings, parameters()), ({ numerator, denominator }) => denominator / numerator),
    codes: (masters) => fitScheme(channelMajor(masters, weights), { ...settings, parameters: parameters() }),
  };
}

/** A group of zeros has no range to start from: it gets one of 1. */
function replaceEmpty({ lows, highs }: Ends): void {
  for (let group = 0; group < highs.length; group++) if (lows[group] === highs[group]) highs[group] = 1;
}

/** As the schemes themselves make them of given parameters. */
function stepsOf({ scheme, bits }: SchemeSettings, parameters: readonly number[]): Step[] {
  if (scheme === "affine") {
    const codeMax = 2 ** bits - 1;
    return Array.from({ length: parameters.length / 2 }, (_, group) => {
      const low = parameters[2 * group];
      const width = parameters[2 * group + 1] - low;
      const zeroPoint = roundHalfEven((-low * codeMax) / width);
      return { numerator: codeMax, denominator: width, low: -zeroPoint, high: codeMax - zeroPoint };
    });
  }
  const limit = 2 ** (bits - 1) - 1;
  if (scheme === "pow2") {
    const scales = powersOfTwo(smallestExponents(Float64Array.from(parameters), limit));
    return Array.from(scales, (denominator) => ({ numerator: 1, denominator, low: -limit, high: limit }));
  }
  return parameters.map((denominator) => ({ numerator: limit, denominator, low: -limit, high: limit }));
}
