/** What the charts say, in words: their names for a screen reader. */
import * as l10n from "@vscode/l10n";
import type { QuantizationGrid } from "../../src/protocol/diagnosis";
import type { LayerReport } from "../../src/protocol/report";
import type { Grade, ReportSnapshot } from "../../src/protocol/webview";
import { countText, decibelText, figureText, momentText, nameText } from "../shared/format";

/** A remark after a value: empty for what needs none. */
export function gradeWords(grade: Grade): string {
  switch (grade) {
    case "low":
      return l10n.t(", low");
    case "very-low":
      return l10n.t(", very low");
    case "good":
    case "exact":
    case "float":
      return "";
  }
}

export function sqnrSentence({ report, grades, lowSqnrDb }: ReportSnapshot): string {
  const measured = report.layers.filter((layer, index) => grades[index] !== "float" && layer.weights.sqnrDb !== null);
  const number = layersText(report.layers.length);
  if (measured.length === 0) return l10n.t("Bar chart of the SQNR of {0}: none has quantization noise.", number);
  const decibels = measured.map((layer) => layer.weights.sqnrDb ?? 0);
  const lowest = measured[decibels.indexOf(Math.min(...decibels))];
  const low = grades.filter((grade) => grade === "low" || grade === "very-low").length;
  return l10n.t(
    "Bar chart of the SQNR of {0}, from {1} ({2}) to {3}; {4} below {5} dB. The arrow keys select a layer.",
    number,
    decibelText(Math.min(...decibels)),
    nameText(lowest.name),
    decibelText(Math.max(...decibels)),
    countText(low),
    figureText(lowSqnrDb),
  );
}

export function channelSentence(layer: LayerReport): string {
  const { min, max, dominant } = layer.weights.channels;
  const name = nameText(layer.name);
  if (min.length === 0) return l10n.t("{0} has no channels.", name);
  const reach = min.map((low, channel) => Math.max(Math.abs(low), Math.abs(max[channel])));
  const dominance = [dominant, figureText(min[dominant]), figureText(max[dominant])];
  const middle = median(reach);
  const range =
    middle > 0
      ? l10n.t(
          "Channel {0} is dominant with {1} to {2}, {3} times the median channel.",
          ...dominance,
          momentText(reach[dominant] / middle),
        )
      : l10n.t("Channel {0} is dominant with {1} to {2}.", ...dominance);
  const whose =
    min.length === 1
      ? l10n.t("Range of the one output channel of {0}.", name)
      : l10n.t("Ranges of the {0} output channels of {1}.", countText(min.length), name);
  return `${whose} ${range}`;
}

export function histogramSentence(layer: LayerReport): string {
  const { min, max, counts, quantizedCounts } = layer.weights.histogram;
  const { skewness, kurtosis } = layer.weights;
  const name = nameText(layer.name);
  const bins = [countText(counts.length), figureText(min), figureText(max)];
  const what =
    quantizedCounts === null
      ? l10n.t("Histogram of the weights of {0}, {1} bins from {2} to {3}.", name, ...bins)
      : l10n.t(
          "Histogram of the weights of {0} before and after quantization, {1} bins from {2} to {3}.",
          name,
          ...bins,
        );
  return `${what} ${l10n.t("Skewness {0}, excess kurtosis {1}.", momentText(skewness), momentText(kurtosis))}`;
}

/** @param drawn of the levels `within` the axis, those that are far enough apart */
export function gridSentence({ channel }: QuantizationGrid, drawn: number, within: number): string {
  const text =
    channel === null
      ? l10n.t("levels: {0}", countText(within))
      : l10n.t("levels of channel {0}: {1}", channel, countText(within));
  return drawn < within ? l10n.t("{0}, {1} drawn", text, countText(drawn)) : text;
}

function layersText(count: number): string {
  return count === 1 ? l10n.t("1 layer") : l10n.t("{0} layers", countText(count));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
