/** The controls of a trial. */
import * as l10n from "@vscode/l10n";
import type { EqualizationSettings } from "../../../src/protocol/trial";
import { element } from "../../shared/dom";
import { CHOICES, known, USUAL_MAX } from "./settings";

const LABELS: Readonly<Record<keyof EqualizationSettings, string>> = {
  equalize: l10n.t("Method"),
  equalizeMax: l10n.t("Largest scale"),
  relu6: "ReLU6",
  deadChannels: l10n.t("Dead channels"),
  biasCorrection: l10n.t("Bias correction"),
};

/** The fields of the form. */
export class TrialSettings {
  readonly element = element("div", { class: "trial-fields" });
  private readonly equalize = select("equalize", CHOICES.equalize);
  private readonly equalizeMax = element("input", {
    attributes: { id: idOf("equalizeMax"), type: "number", min: "1", max: "1000000", step: "any" },
  });
  private readonly relu6 = select("relu6", CHOICES.relu6);
  private readonly deadChannels = select("deadChannels", CHOICES.deadChannels);
  private readonly biasCorrection = select("biasCorrection", CHOICES.biasCorrection);

  constructor() {
    this.element.append(
      labelled("equalize", this.equalize),
      labelled("equalizeMax", this.equalizeMax),
      labelled("relu6", this.relu6),
      labelled("deadChannels", this.deadChannels),
      labelled("biasCorrection", this.biasCorrection),
    );
  }

  set value(settings: EqualizationSettings) {
    this.equalize.value = settings.equalize;
    this.equalizeMax.value = String(settings.equalizeMax);
    this.relu6.value = settings.relu6;
    this.deadChannels.value = settings.deadChannels;
    this.biasCorrection.value = settings.biasCorrection;
  }

  get value(): EqualizationSettings {
    const max = this.equalizeMax.valueAsNumber;
    return {
      equalize: known(CHOICES.equalize, this.equalize.value),
      equalizeMax: Number.isFinite(max) ? max : USUAL_MAX,
      relu6: known(CHOICES.relu6, this.relu6.value),
      deadChannels: known(CHOICES.deadChannels, this.deadChannels.value),
      biasCorrection: known(CHOICES.biasCorrection, this.biasCorrection.value),
    };
  }
}

function select(field: keyof EqualizationSettings, choices: readonly string[]): HTMLSelectElement {
  const options = choices.map((choice) => element("option", { text: choice, attributes: { value: choice } }));
  return element("select", { attributes: { id: idOf(field) } }, ...options);
}

function labelled(field: keyof EqualizationSettings, control: HTMLElement): HTMLElement {
  return element("div", {}, element("label", { text: LABELS[field], attributes: { for: idOf(field) } }), control);
}

function idOf(field: keyof EqualizationSettings): string {
  return `trial-${field}`;
}
