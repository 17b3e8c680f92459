/** How a layer's SQNR is judged. */
import type { LayerReport } from "../protocol/report";
import type { Grade } from "../protocol/webview";

/** A layer is graded very low below this share of the threshold, in decibels: 20 dB where 30 dB is low. */
const VERY_LOW_SHARE = 2 / 3;

/** @param lowSqnrDb the setting `bitwright.lowSqnrDb` */
export function gradeOf(layer: LayerReport, lowSqnrDb: number): Grade {
  if (layer.scheme === "float") return "float";
  if (layer.weights.exact) return "exact";
  // Noise without a signal: no ratio is lower.
  const sqnrDb = layer.weights.sqnrDb ?? -Infinity;
  if (sqnrDb < lowSqnrDb * VERY_LOW_SHARE) return "very-low";
  return sqnrDb < lowSqnrDb ? "low" : "good";
}
