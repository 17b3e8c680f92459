/** Soft weight sharing during training. */
import type { ChannelMajorWeights } from "../../graph/layout";
import { mixtureCodes, mixtureOf } from "../../schemes/codebook-mixture";
import { schemeOptions } from "../../schemes/options";
import type { QuantizedWeights, SchemeSettings } from "../../schemes/scheme";
import { addMixturePenalty, mixtureFrom, mixtureParameters } from "../regularisers/mixture";
import { channelMajor, type WeightQuantizer } from "./quantizer";
import { decoding } from "./decoding";

/**
 * Training runs on the masters, which the penalty `ν·Ω` draws to the means of a mixture that is trained along; the codes are
 * those of the likeliest components. With `zeroComponent` the mean that starts at 0 stays there.
 * Source: Köksal, Alpaydın, Dündar, Weight Quantization for Multi-layer Perceptrons Using Soft Weight Sharing (2001), eq. 1–2.
 * @param strength ν when the penalty has its full weight
 */
export function mixtureQuantizer(
  weights: ChannelMajorWeights,
  settings: SchemeSettings,
  strength: number,
): WeightQuantizer {
  const { zeroComponent } = schemeOptions(settings);
  const start = mixtureOf(weights.values.slice().sort(), 2 ** settings.bits, zeroComponent);
  const trained = mixtureParameters(start);
  const pinned = zeroComponent ? start.means.length + start.means.indexOf(0) : null;
  const codes = (masters: Float32Array): QuantizedWeights =>
    mixtureCodes(channelMajor(masters, weights), settings, mixtureFrom(trained));
  return {
    trained,
    floatForward: true,
    found: [],
    refit: () => undefined,
    restore: () => undefined,
    ...decoding(codes),
    backward: (_, __, ___, trainedGradients) => trainedGradients.fill(0),
    addPenalty: (masters, share, gradients, trainedGradients) => {
      const penalty = addMixturePenalty([masters], trained, share * strength, [gradients], trainedGradients);
      if (pinned !== null) trainedGradients[pinned] = 0;
      return penalty;
    },
    codes,
  };
}
