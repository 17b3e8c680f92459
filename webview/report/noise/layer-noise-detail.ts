/** Noise of the selected layer: its figures, where predictions broke, ranges of its channels and its errors. */
import * as l10n from "@vscode/l10n";
import type { DefinitionId } from "../../../src/protocol/definitions";
import type { LayerReport } from "../../../src/protocol/report";
import { element } from "../../shared/dom";
import { factList, type Fact } from "../../shared/facts";
import { decibelText } from "../../shared/format";
import type { Theme } from "../../shared/theme";
import { ChannelChart } from "../channel-chart";
import { ErrorChart } from "./error-chart";
import { accuracyDropText, klText, seriesText } from "./figures";
import { activationChannelSentence } from "./sentences";

export class LayerNoiseDetail {
  readonly channels: ChannelChart;
  readonly errors: ErrorChart;
  private readonly figures = element("div");
  readonly element = element("div", { class: "layer-noise" });

  constructor(theme: Theme) {
    this.channels = new ChannelChart(
      theme,
      l10n.t("Activations of every output channel"),
      l10n.t("activation"),
      "channelsChart",
    );
    this.errors = new ErrorChart(theme);
  }

  /** The charts on view. */
  get canvases(): { readonly title: string; readonly canvas: HTMLCanvasElement }[] {
    return [
      { title: l10n.t("activations of every output channel"), canvas: this.channels.canvas },
      { title: l10n.t("errors of the output"), canvas: this.errors.canvas },
    ].filter(({ canvas }) => canvas.isConnected);
  }

  show(layer: LayerReport): void {
    const { noise } = layer;
    if (noise === null) {
      this.element.replaceChildren();
      return;
    }
    const errors = noise.errors === null ? [] : [this.errors.element];
    this.element.replaceChildren(this.figures, this.channels.element, ...errors);
    this.figures.replaceChildren(factList(figuresOf(layer), "figures"), explanationsOf(layer));
    this.channels.show(noise.channels, activationChannelSentence(layer));
    this.errors.show(layer);
  }

  setTheme(theme: Theme): void {
    this.channels.setTheme(theme);
    this.errors.setTheme(theme);
  }
}

function figuresOf({ noise }: LayerReport): Fact[] {
  if (noise === null) return [];
  const { isolated, predicted, boundDb, cumulativeDb } = noise;
  const texts: [DefinitionId, string, string][] = [
    ["kl", l10n.t("Sensitivity, KL"), klText(noise)],
    ["accuracyDrop", l10n.t("Accuracy drop"), accuracyDropText(noise)],
    ["weights", l10n.t("Weights alone"), decibelText(isolated.weightsDb)],
    ["activations", l10n.t("Activations alone"), decibelText(isolated.activationsDb)],
    ["both", l10n.t("Both"), decibelText(isolated.bothDb)],
    ["predicted", l10n.t("Predicted"), decibelText(predicted.bothDb)],
    ["bound", l10n.t("Bound"), decibelText(boundDb)],
    ["cumulative", l10n.t("Cumulative"), decibelText(cumulativeDb)],
  ];
  return texts
    .filter(([, , value]) => value !== "")
    .map(([definition, label, value]) => ({ label, value, definition }));
}

function explanationsOf({ noise }: LayerReport): HTMLElement {
  const items = (noise?.predicted.explanations ?? []).map(({ of, differenceDb, reason }) =>
    element("li", { text: l10n.t("Prediction, {0}: {1} off. {2}", seriesText(of), decibelText(differenceDb), reason) }),
  );
  return element("ul", { class: "explanations quiet" }, ...items);
}
