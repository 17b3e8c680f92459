/** Another equalization, tried on the report's model and data: what it would change, before anything is written. */
import * as l10n from "@vscode/l10n";
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
    this.chart = new BeforeAfterChart(theme, l10n.t("SQNR of single layers"), "both", [
      l10n.t("as shown above"),
      l10n.t("tried"),
    ]);
    this.start = button({ text: l10n.t("Try It") }, () => {
      actions.try(this.settings.value);
    });
    this.cancel = button({ text: l10n.t("Cancel") }, () => {
      actions.cancel();
    });
    this.element = element(
      "details",
      { class: "trial", attributes: { "data-view": "trial" } },
      element("summary", { text: l10n.t("Try another equalization") }),
      element("p", { class: "quiet", text: l10n.t("Runs the model once more on the same data. Nothing is written.") }),
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
    const use = button({ text: l10n.t("Quantize with This…") }, () => {
      this.actions.use();
    });
    const table = element("div");
    const disclosure = element("details", {}, element("summary", { text: l10n.t("Layers as a table") }), table);
    disclosure.addEventListener("toggle", () => {
      table.replaceChildren(...(disclosure.open ? [trialTable(layers)] : []));
    });
    this.outcome.replaceChildren(
      element("h2", { text: l10n.t("Tried: {0}", settingsText(trial.settings)) }),
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
            l10n.t("as shown: {0}", decibelText(shown.both)),
            l10n.t("tried: {0} {1}", decibelText(tried.both), gainText(gainOf(layers[column], "both"))),
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
      return state.step === "" ? l10n.t("Running…") : state.step;
    case "done":
      return l10n.t("Done.");
  }
}

function differences(shown: ModelNoise, tried: ModelNoise, layers: readonly TriedLayer[]): Fact[] {
  const gained =
    shown.outputSqnrDb === null || tried.outputSqnrDb === null ? null : tried.outputSqnrDb - shown.outputSqnrDb;
  return [
    ...shareFact(l10n.t("Accuracy"), tried.quantizedAccuracy, shown.quantizedAccuracy, tried.floatAccuracy),
    ...shareFact(l10n.t("Agreement"), tried.agreement, shown.agreement, null),
    {
      label: l10n.t("Output SQNR"),
      value: decibelText(tried.outputExact ? null : tried.outputSqnrDb),
      note: l10n.t("{0} against {1}", gainText(gained), decibelText(shown.outputExact ? null : shown.outputSqnrDb)),
      definition: "outputSqnr",
    },
    {
      label: l10n.t("SQNR of single layers"),
      value: gainText(meanGain(layers)),
      note: l10n.t("mean of {0}", countText(layers.length)),
    },
  ];
}

function shareFact(label: string, tried: number | null, shown: number | null, float: number | null): Fact[] {
  if (tried === null || shown === null) return [];
  const gained = `${tried > shown ? "+" : ""}${signedPercentText(tried - shown)}`;
  const note =
    float === null
      ? l10n.t("{0} against {1}", gained, percentText(shown))
      : l10n.t("{0} against {1}, float {2}", gained, percentText(shown), percentText(float));
  return [{ label, value: percentText(tried), note }];
}

/** Of weights and activations together; null where no layer has both figures. */
function meanGain(layers: readonly TriedLayer[]): number | null {
  const gains = layers.map((layer) => gainOf(layer, "both")).filter((gain) => gain !== null);
  return gains.length === 0 ? null : gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

function layersSentence(layers: readonly TriedLayer[]): string {
  const better = layers.filter((layer) => (gainOf(layer, "both") ?? 0) > 0).length;
  return l10n.t(
    "Bar chart of the SQNR of {0} layers as shown and as tried. Better: {1}; on average {2}.",
    countText(layers.length),
    countText(better),
    gainText(meanGain(layers)),
  );
}
