/** A layer in words. */
import * as vscode from "vscode";
import { shownName } from "../protocol/errors";
import { countText, percentText } from "../protocol/format";
import { settingsText } from "../protocol/layer-settings";
import type { LayerReport } from "../protocol/report";
import { localNumber } from "./numbers";

/**
 * For example `42.1 dB · symmetric 8-bit channel`, or `float (kept)`; of a layer that was only inspected, `Conv · 16×3×3×3`.
 * @param quantized the layer is of a quantized model
 */
export function layerDescription(layer: LayerReport, quantized: boolean): string {
  if (!quantized) return `${shownName(layer.op)} · ${layer.weightShape.join("×")}`;
  return layer.settings === null ? vscode.l10n.t("float (kept)") : `${sqnrText(layer)} · ${settingsText(layer)}`;
}

/** `exact` where the codes reproduce every weight, `undefined` where all weights are zero and the codes are not. */
export function sqnrText({ weights }: LayerReport): string {
  const { sqnrDb, exact } = weights;
  if (sqnrDb === null) return exact ? vscode.l10n.t("exact") : vscode.l10n.t("undefined");
  return localNumber(`${sqnrDb.toFixed(1)} dB`);
}

/** What integers are multiplied by; nothing where an older version made the report. */
function scaleText({ scales }: LayerReport): [string, string][] {
  if (scales === undefined) return [];
  const { count, min, max } = scales;
  const label = count === 1 ? vscode.l10n.t("Scale") : vscode.l10n.t("{0} scales", localNumber(countText(count)));
  return [[label, localNumber(min === max ? min.toPrecision(4) : `${min.toPrecision(4)} – ${max.toPrecision(4)}`)]];
}

/** Label and value: what the layer is, and what its codes cost. */
export function layerFigures(layer: LayerReport): [string, string][] {
  const figures: [string, string][] = [
    [vscode.l10n.t("Operator"), shownName(layer.op)],
    [vscode.l10n.t("Weights"), `${shownName(layer.weightName)} ${layer.weightShape.join("×")}`],
    [vscode.l10n.t("Parameters"), localNumber(`${countText(layer.parameters)} (${percentText(layer.share)})`)],
  ];
  if (layer.scheme !== "float") {
    figures.push(
      [vscode.l10n.t("Scheme"), settingsText(layer)],
      ...scaleText(layer),
      ["SQNR", sqnrText(layer)],
      [vscode.l10n.t("Flash"), vscode.l10n.t("{0} of {1} bytes", layer.bytes, layer.floatBytes)],
    );
  }
  return figures;
}

/** Label and value: how the weights are distributed. */
export function weightStatistics({ weights }: LayerReport): [string, string][] {
  return [
    ["max|w|", localNumber(weights.absMax.toPrecision(4))],
    [vscode.l10n.t("Skewness"), localNumber(weights.skewness.toFixed(2))],
    [vscode.l10n.t("Excess kurtosis"), localNumber(weights.kurtosis.toFixed(2))],
    [vscode.l10n.t("Dominant channel"), String(weights.channels.dominant)],
  ];
}
