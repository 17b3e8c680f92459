/** All noise figures of a network, as the report carries them. */
import type { LayerNoise, LayerSensitivity, ModelNoise } from "../../../protocol/noise";
import { operatorBounds } from "../../activations/bounds";
import type { Calibration } from "../../activations/calibrate";
import { HISTOGRAM_BINS } from "../histogram";
import { NoisePower, type Sqnr } from "../sqnr";
import { wilsonInterval } from "./accuracy";
import { equalizationBoundDb } from "./bound";
import type { CumulativeNoise } from "./cumulative";
import type { IsolatedNoise } from "./isolated";
import { comparableLayers, parametersOf, type QuantizedNetwork } from "./network";
import { predict } from "./predicted";

/**
 * Figures of every layer whose output can be compared, by layer name.
 * @param sensitivities of the layers for which they were measured
 */
export function layerNoise(
  network: QuantizedNetwork,
  calibration: Calibration,
  isolated: readonly IsolatedNoise[],
  cumulative: CumulativeNoise,
  sensitivities: ReadonlyMap<string, LayerSensitivity>,
): Map<string, LayerNoise> {
  const bounds = operatorBounds(network.model);
  const points = new Map(comparableLayers(network).map(({ layer, point }) => [layer.name, point]));
  return new Map(
    isolated.map((noise) => {
      const { layer } = noise;
      const point = points.get(layer.name) ?? "";
      const node = network.model.graph.node[layer.nodeIndex];
      const quantized = network.weights.get(layer.name) ?? null;
      const parameters = parametersOf(network, point);
      const { channelMin, channelMax } = calibration.values.get(point)!;
      const magnitudes = Float64Array.from(channelMin, (low, channel) =>
        Math.max(Math.abs(low), Math.abs(channelMax[channel])),
      );
      const sharedScale = quantized !== null && quantized.scales.length === 1;
      const cumulated = (cumulative.layers.get(layer.name) ?? new NoisePower()).sqnr();
      const figures: LayerNoise = {
        isolated: isolatedFigures(noise),
        cumulativeDb: cumulated.sqnrDb,
        cumulativeExact: cumulated.exact,
        predicted: predict(noise, node, quantized, parameters, bounds.get(point)),
        boundDb: equalizationBoundDb(noise.signal, noise.weights, noise.activations, magnitudes, sharedScale),
        sensitivity: sensitivities.get(layer.name) ?? null,
        channels: {
          min: Array.from(channelMin),
          max: Array.from(channelMax),
          dominant: magnitudes.reduce((best, value, channel) => (value > magnitudes[best] ? channel : best), 0),
        },
        errors: noise.errors.total === noise.errors.zeros ? null : noise.errors.coarse(HISTOGRAM_BINS),
      };
      return [layer.name, figures];
    }),
  );
}

/** Figures of the whole model. */
export function modelNoise({ outputs, classifies }: CumulativeNoise, labelled: boolean): ModelNoise {
  const { samples, agreeing, floatCorrect, variantCorrect } = outputs;
  const { sqnrDb, exact } = outputs.power.sqnr();
  const hasAccuracy = labelled && classifies && samples > 0;
  return {
    floatAccuracy: hasAccuracy ? floatCorrect / samples : null,
    quantizedAccuracy: hasAccuracy ? variantCorrect / samples : null,
    floatAccuracyInterval: hasAccuracy ? wilsonInterval(floatCorrect, samples) : null,
    quantizedAccuracyInterval: hasAccuracy ? wilsonInterval(variantCorrect, samples) : null,
    agreement: classifies && samples > 0 ? agreeing / samples : null,
    outputSqnrDb: sqnrDb,
    outputExact: exact,
    evaluationSamples: samples,
  };
}

function isolatedFigures(noise: IsolatedNoise): LayerNoise["isolated"] {
  const of = (sums: Float64Array): Sqnr => {
    const ratio = new NoisePower();
    ratio.signal = total(noise.signal);
    ratio.noise = total(sums);
    return ratio.sqnr();
  };
  const [weights, activations, both] = [of(noise.weights), of(noise.activations), of(noise.both)];
  return {
    weightsDb: weights.sqnrDb,
    activationsDb: activations.sqnrDb,
    bothDb: both.sqnrDb,
    exact: { weights: weights.exact, activations: activations.exact, both: both.exact },
  };
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
