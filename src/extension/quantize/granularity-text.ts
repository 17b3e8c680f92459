/** Granularities in words. */
import * as vscode from "vscode";
import type { Granularity } from "../../engine/schemes/scheme";

/** Finest first where the scheme offers it: a scale for every channel loses least. */
const USUAL_ORDER: readonly Granularity[] = ["channel", "tensor", "block"];

export function inUsualOrder(granularities: readonly Granularity[]): Granularity[] {
  return USUAL_ORDER.filter((granularity) => granularities.includes(granularity));
}

export function granularityLabel(granularity: Granularity): string {
  switch (granularity) {
    case "channel":
      return vscode.l10n.t("Per channel");
    case "tensor":
      return vscode.l10n.t("Per tensor");
    case "block":
      return vscode.l10n.t("Per block");
  }
}

export function granularityDetail(granularity: Granularity): string {
  switch (granularity) {
    case "channel":
      return vscode.l10n.t("Every output channel has a scale of its own: less noise, some bytes more a channel");
    case "tensor":
      return vscode.l10n.t("One scale for the whole layer: smallest, but one wide channel costs all others");
    case "block":
      return vscode.l10n.t("One scale for every block of weights along the input axis");
  }
}
