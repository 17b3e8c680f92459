/** What the charts of noise say, in words: their names for a screen reader. */
import type { LayerReport, Report } from "../../../src/protocol/report";
import { countText, decibelText, figureText, nameText } from "../../shared/format";
import { isolatedDb, predictedDb, SERIES } from "./figures";

/** How far a prediction may be off before an assumption is said to have broken, in decibels. */
export const PREDICTION_BAND_DB = 2;

export function isolatedSentence({ layers }: Report): string {
  const ranges = SERIES.map((series) => {
    const levels = layers.flatMap(({ noise }) => (noise === null ? [] : (isolatedDb(noise, series) ?? [])));
    if (levels.length === 0) return `${series} exact`;
    return `${series} ${decibelText(Math.min(...levels))} to ${decibelText(Math.max(...levels))}`;
  });
  return `Grouped bar chart of the isolated SQNR of ${countText(layers.length)} layers: ${ranges.join(", ")}. The arrow keys select a layer; the table below has all numbers.`;
}

export function predictionSentence({ layers }: Report): string {
  const differences = layers.flatMap(({ noise }) =>
    noise === null
      ? []
      : SERIES.flatMap((series) => {
          const measured = isolatedDb(noise, series);
          const predicted = predictedDb(noise, series);
          return measured === null || predicted === null ? [] : Math.abs(predicted - measured);
        }),
  );
  const within = differences.filter((difference) => difference <= PREDICTION_BAND_DB).length;
  return `Scatter chart of measured against predicted SQNR: ${countText(within)} of ${countText(differences.length)} predictions are within ${PREDICTION_BAND_DB} dB.`;
}

export function activationChannelSentence({ name, noise }: LayerReport): string {
  if (noise === null || noise.channels.min.length === 0) return `${nameText(name)} has no measured channels.`;
  const { min, max, dominant } = noise.channels;
  return `Ranges of the activations of ${countText(min.length)} output channels of ${nameText(name)}: channel ${dominant} is dominant with ${figureText(min[dominant])} to ${figureText(max[dominant])}.`;
}

export function errorSentence({ name, noise }: LayerReport): string {
  const errors = noise?.errors ?? null;
  if (errors === null) return `The output of ${nameText(name)} has no error.`;
  const { min, max, counts } = errors;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const width = (max - min) / counts.length;
  const mean = counts.reduce((sum, count, bin) => sum + count * (min + (bin + 0.5) * width), 0) / Math.max(1, total);
  return `Histogram of ${countText(total)} output errors of ${nameText(name)} from ${figureText(min)} to ${figureText(max)}, mean ${figureText(mean)}.`;
}
