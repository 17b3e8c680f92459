/** All figures of one layer's weights, as the report carries them. */
import type { WeightFigures } from "../../protocol/report";
import type { ChannelMajorWeights } from "../graph/layout";
import { decode } from "../schemes/decode";
import type { QuantizedWeights } from "../schemes/scheme";
import { codeEntropyBits } from "./entropy";
import { histogram } from "./histogram";
import { medianMagnitude } from "./median";
import { channelNoise, NoisePower } from "./sqnr";
import { weightStatistics } from "./statistics";

/**
 * @param quantized null for weights left as they are: exact, without codes and without a second histogram
 * @param total gains the signal and noise of these weights, so that ratios over several layers can be made
 */
export function weightFigures(
  weights: ChannelMajorWeights,
  quantized: QuantizedWeights | null,
  total: NoisePower = new NoisePower(),
): WeightFigures {
  const { values } = weights;
  const { channelMin, channelMax, dominantChannel, ...statistics } = weightStatistics(weights);
  const median = medianMagnitude(values);
  const decoded = quantized === null ? null : decode(quantized);
  const bins = histogram(values, decoded);
  const channels = channelNoise(weights, decoded ?? values);
  const whole = new NoisePower();
  for (const channel of channels) whole.add(channel);
  total.add(whole);
  return {
    ...statistics,
    outlierRatio: median === 0 ? null : statistics.absMax / median,
    ...whole.sqnr(),
    codeEntropyBits: quantized === null ? null : codeEntropyBits(quantized.codes, quantized.codeMin, quantized.codeMax),
    channels: {
      min: Array.from(channelMin),
      max: Array.from(channelMax),
      sqnrDb: channels.map((channel) => channel.sqnr().sqnrDb),
      dominant: dominantChannel,
    },
    histogram: {
      min: bins.min,
      max: bins.max,
      counts: Array.from(bins.counts),
      quantizedCounts: bins.quantizedCounts === null ? null : Array.from(bins.quantizedCounts),
    },
  };
}
