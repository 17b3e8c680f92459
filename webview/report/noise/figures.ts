/** Figures of the noise analysis as text. */
import * as l10n from "@vscode/l10n";
import type { LayerNoise } from "../../../src/protocol/noise";
import type { Report } from "../../../src/protocol/report";
import { figureText, signedPercentText } from "../../shared/format";

export const SERIES = ["weights", "activations", "both"] as const;
export type Series = (typeof SERIES)[number];

export function seriesText(series: Series): string {
  switch (series) {
    case "weights":
      return l10n.t("weights");
    case "activations":
      return l10n.t("activations");
    case "both":
      return l10n.t("both");
  }
}

/** Measured SQNR in decibels; null where there is no noise. */
export function isolatedDb({ isolated }: LayerNoise, series: Series): number | null {
  return isolated[`${series}Db`];
}

export function predictedDb({ predicted }: LayerNoise, series: Series): number | null {
  return predicted[`${series}Db`];
}

export function klText({ sensitivity }: LayerNoise): string {
  if (sensitivity === null) return "";
  if (sensitivity.exact) return "0";
  return sensitivity.klDivergence === null ? "" : figureText(sensitivity.klDivergence);
}

export function accuracyDropText({ sensitivity }: LayerNoise): string {
  const drop = sensitivity?.accuracyDrop ?? null;
  return drop === null ? "" : signedPercentText(drop);
}

/** Noise was measured. */
export function hasNoise({ layers }: Report): boolean {
  return layers.some(({ noise }) => noise !== null);
}
