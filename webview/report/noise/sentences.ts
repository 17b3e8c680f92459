/** What the charts of noise say, in words: their names for a screen reader. */
import * as l10n from "@vscode/l10n";
import type { LayerReport, Report } from "../../../src/protocol/report";
import { countText, decibelText, figureText, nameText } from "../../shared/format";
import { isolatedDb, predictedDb, SERIES, seriesText } from "./figures";

/** How far a prediction may be off before an assumption is said to have broken, in decibels. */
export const PREDICTION_BAND_DB = 2;

export function isolatedSentence({ layers }: Report): string {
  const ranges = SERIES.map((series) => {
    const levels = layers.flatMap(({ noise }) => (noise === null ? [] : (isolatedDb(noise, series) ?? [])));
    const name = seriesText(series);
    if (levels.length === 0) return `${name} ${decibelText(null)}`;
    return l10n.t("{0} {1} to {2}", name, decibelText(Math.min(...levels)), decibelText(Math.max(...levels)));
  });
  return l10n.t(
    "Grouped bar chart of the isolated SQNR of {0} layers: {1}. The arrow keys select a layer; the table below has all numbers.",
    countText(layers.length),
    ranges.join(", "),
  );
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
  return l10n.t(
    "Scatter chart of measured against predicted SQNR: {0} of {1} predictions are within {2} dB.",
    countText(within),
    countText(differences.length),
    PREDICTION_BAND_DB,
  );
}

export function activationChannelSentence({ name, noise }: LayerReport): string {
  if (noise === null || noise.channels.min.length === 0) return l10n.t("{0} has no measured channels.", nameText(name));
  const { min, max, dominant } = noise.channels;
  return l10n.t(
    "Ranges of the activations of {0} output channels of {1}: channel {2} is dominant with {3} to {4}.",
    countText(min.length),
    nameText(name),
    dominant,
    figureText(min[dominant]),
    figureText(max[dominant]),
  );
}

export function errorSentence({ name, noise }: LayerReport): string {
  const errors = noise?.errors ?? null;
  if (errors === null) return l10n.t("The output of {0} has no error.", nameText(name));
  const { min, max, counts } = errors;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const width = (max - min) / counts.length;
  const mean = counts.reduce((sum, count, bin) => sum + count * (min + (bin + 0.5) * width), 0) / Math.max(1, total);
  return l10n.t(
    "Histogram of {0} output errors of {1} from {2} to {3}, mean {4}.",
    countText(total),
    nameText(name),
    figureText(min),
    figureText(max),
    figureText(mean),
  );
}
