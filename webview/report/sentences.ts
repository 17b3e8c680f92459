/** What the charts say, in words: their names for a screen reader. */
import type { QuantizationGrid } from "../../src/protocol/diagnosis";
import type { LayerReport } from "../../src/protocol/report";
import type { Grade, ReportSnapshot } from "../../src/protocol/webview";
import { countText, decibelText, figureText, momentText, nameText } from "../shared/format";

/** A remark after a value: empty for what needs none. */
export function gradeWords(grade: Grade): string {
  switch (grade) {
    case "low":
      return ", low";
    case "very-low":
      return ", very low";
    case "good":
    case "exact":
    case "float":
      return "";
  }
}

export function sqnrSentence({ report, grades, lowSqnrDb }: ReportSnapshot): string {
  const measured = report.layers.filter((layer, index) => grades[index] !== "float" && layer.weights.sqnrDb !== null);
  const number = count(report.layers.length, "layer");
  if (measured.length === 0) return `Bar chart of the SQNR of ${number}: none has quantization noise.`;
  const decibels = measured.map((layer) => layer.weights.sqnrDb ?? 0);
  const lowest = measured[decibels.indexOf(Math.min(...decibels))];
  const low = grades.filter((grade) => grade === "low" || grade === "very-low").length;
  const range = `${decibelText(Math.min(...decibels))} (${nameText(lowest.name)}) to ${decibelText(Math.max(...decibels))}`;
  return `Bar chart of the SQNR of ${number}, from ${range}; ${low} below ${lowSqnrDb} dB. The arrow keys select a layer.`;
}

export function channelSentence(layer: LayerReport): string {
  const { min, max, dominant } = layer.weights.channels;
  const name = nameText(layer.name);
  if (min.length === 0) return `${name} has no channels.`;
  const reach = min.map((low, channel) => Math.max(Math.abs(low), Math.abs(max[channel])));
  const range = `${figureText(min[dominant])} to ${figureText(max[dominant])}`;
  const middle = median(reach);
  const ratio = middle > 0 ? `, ${momentText(reach[dominant] / middle)} times the median channel` : "";
  return `Ranges of the ${count(min.length, "output channel")} of ${name}: channel ${dominant} is dominant with ${range}${ratio}.`;
}

export function histogramSentence(layer: LayerReport): string {
  const { min, max, counts, quantizedCounts } = layer.weights.histogram;
  const when = quantizedCounts === null ? "" : " before and after quantization";
  const { skewness, kurtosis } = layer.weights;
  const shape = `skewness ${momentText(skewness)}, excess kurtosis ${momentText(kurtosis)}`;
  return `Histogram of the weights of ${nameText(layer.name)}${when}, ${count(counts.length, "bin")} from ${figureText(min)} to ${figureText(max)}: ${shape}.`;
}

/** @param drawn of the levels `within` the axis, those that are far enough apart */
export function gridSentence({ channel }: QuantizationGrid, drawn: number, within: number): string {
  const whose = channel === null ? "" : ` of channel ${channel}`;
  const thinned = drawn < within ? `, ${countText(drawn)} drawn` : "";
  return `levels${whose}: ${countText(within)}${thinned}`;
}

function count(number: number, noun: string): string {
  return `${countText(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
