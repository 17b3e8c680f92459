/** Another equalization, tried on the report's model and data: what it would change, before anything is written. */
import type { ModelNoise } from "../../../src/protocol/noise";
import type { Report } from "../../../src/protocol/report";
import type { EqualizationSettings, Trial, TrialState } from "../../../src/protocol/trial";
import { element } from "../../shared/dom";
import { factList, type Fact } from "../../shared/facts";
import {
  countText,
  decibelText,
  gainText,
  nameText,
  percentText,
  shortened,
  signedPercentText,
} from "../../shared/format";
import type { Theme } from "../../shared/theme";
import { button } from "../../shared/toolkit";
import { BeforeAfterChart } from "../before-after-chart";
import { settingsOf, settingsText } from "./settings";
import { TrialSettings } from "./trial-settings";
import { trialTable } from "./trial-table";
import { gainOf, triedLayers, type TriedLayer } from "./tried-layers";

const MAX_LABEL_LENGTH = 18;

export interface TrialActions {
  try(settings: EqualizationSettings): void;
  cancel(): void;
  use(): void;
}

export class TrialView {
  readonly element: HTMLDetailsElement;
  private readonly settings = new TrialSettings();
  private readonly status = element("p", { class: "quiet", attributes: { role: "status" } });
  private readonly alert = element("p", { class: "refusal", attributes: { role: "alert" } });
  private readonly outcome = element("div", { class: "trial-outcome" });
  private readonly chart: BeforeAfterChart;
  private readonly start: HTMLElement;
  private readonly cancel: HTMLElement;
  private report: Report | undefined;

  constructor(
    theme: Theme,
    private readonly actions: TrialActions,
  ) {
    this.chart = new BeforeAfterChart(theme, "SQNR of single layers", "both", ["as shown above", "tried"]);
    this.start = button({ text: "Try It" }, () => {
      actions.try(this.settings.value);
    });
    this.cancel = button({ text: "Cancel" }, () => {
      actions.cancel();
    });
    this.element = element(
      "details",
      { class: "trial", attributes: { "data-view": "trial" } },
      element("summary", { text: "Try another equalization" }),
      element("p", { class: "quiet", text: "Runs the model once more on the same data. Nothing is written." }),
      element("div", { class: "trial-controls" }, this.settings.element, this.start, this.cancel),
      this.status,
      this.alert,
      this.outcome,
    );
  }

  /** Begins with what applied to the report; what the user chose on the same model stays. */
  begin(report: Report): void {
    const sameModel = this.report?.model.sha256 === report.model.sha256;
    this.report = report;
    if (!sameModel) this.settings.value = settingsOf(report);
  }

  show(state: TrialState): void {
    const isRunning = state.kind === "running";
    this.cancel.hidden = !isRunning;
    this.start.toggleAttribute("disabled", isRunning);
    this.status.textContent = statusText(state);
    this.alert.textContent = state.kind === "failed" ? state.message : "";
    if (isRunning) return;
    this.outcome.replaceChildren();
    if (state.kind !== "done" || this.report === undefined) return;
    this.element.open = true;
    this.showTrial(this.report, state.trial);
  }

  setTheme(theme: Theme): void {
    this.chart.setTheme(theme);
  }

  private showTrial(report: Report, trial: Trial): void {
    const layers = triedLayers(report, trial);
    const use = button({ text: "Quantize with This…" }, () => {
      this.actions.use();
    });
    const table = element("div");
    const disclosure = element("details", {}, element("summary", { text: "Layers as a table" }), table);
    disclosure.addEventListener("toggle", () => {
      table.replaceChildren(...(disclosure.open ? [trialTable(layers)] : []));
    });
    this.outcome.replaceChildren(
      element("h2", { text: `Tried: ${settingsText(trial.settings)}` }),
      factList(differences(report.model, trial.model, layers)),
      this.chart.element,
      disclosure,
      element("div", { class: "actions" }, use),
    );
    this.showLayers(layers);
  }

  private showLayers(layers: readonly TriedLayer[]): void {
    this.chart.show(
      {
        labels: layers.map(({ name }) => shortened(nameText(name), MAX_LABEL_LENGTH)),
        before: layers.map(({ shown }) => shown.both),
        after: layers.map(({ tried }) => tried.both),
        x: "",
        y: "dB",
        slanted: true,
        title: (column) => nameText(layers[column].name),
        lines: (column) => {
          const { shown, tried } = layers[column];
          return [
            `as shown: ${decibelText(shown.both)}`,
            `tried: ${decibelText(tried.both)} ${gainText(gainOf(layers[column], "both"))}`,
          ];
        },
      },
      layersSentence(layers),
    );
  }
}

function statusText(state: TrialState): string {
  switch (state.kind) {
    case "none":
    case "failed":
      return "";
    case "running":
      return state.step === "" ? "Running…" : state.step;
    case "done":
      return "Done.";
  }
}

function differences(shown: ModelNoise, tried: ModelNoise, layers: readonly TriedLayer[]): Fact[] {
  const gained =
    shown.outputSqnrDb === null || tried.outputSqnrDb === null ? null : tried.outputSqnrDb - shown.outputSqnrDb;
  return [
    ...shareFact("Accuracy", tried.quantizedAccuracy, shown.quantizedAccuracy, tried.floatAccuracy),
    ...shareFact("Agreement", tried.agreement, shown.agreement, null),
    {
      label: "Output SQNR",
      value: tried.outputExact ? "exact" : decibelText(tried.outputSqnrDb),
      note: `${gainText(gained)} against ${shown.outputExact ? "exact" : decibelText(shown.outputSqnrDb)}`,
      definition: "outputSqnr",
    },
    { label: "SQNR of single layers", value: gainText(meanGain(layers)), note: `mean of ${countText(layers.length)}` },
  ];
}

function shareFact(label: string, tried: number | null, shown: number | null, float: number | null): Fact[] {
  if (tried === null || shown === null) return [];
  const gained = signedPercentText(tried - shown);
  const sign = tried > shown ? "+" : "";
  const note = `${sign}${gained} against ${percentText(shown)}${float === null ? "" : `, float ${percentText(float)}`}`;
  return [{ label, value: percentText(tried), note }];
}

/** Of weights and activations together; null where no layer has both figures. */
function meanGain(layers: readonly TriedLayer[]): number | null {
  const gains = layers.map((layer) => gainOf(layer, "both")).filter((gain) => gain !== null);
  return gains.length === 0 ? null : gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

function layersSentence(layers: readonly TriedLayer[]): string {
  const better = layers.filter((layer) => (gainOf(layer, "both") ?? 0) > 0).length;
  return `Bar chart of the SQNR of ${countText(layers.length)} layers as shown and as tried: ${countText(better)} are better, ${gainText(meanGain(layers))} on average.`;
}
