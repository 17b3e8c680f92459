/** What can be asked of equalization, in the words of the recipe. */
import * as l10n from "@vscode/l10n";
import type { Report } from "../../../src/protocol/report";
import type { EqualizationSettings } from "../../../src/protocol/trial";

type Choices = {
  readonly [Field in Exclude<keyof EqualizationSettings, "equalizeMax">]: readonly EqualizationSettings[Field][];
};

export const CHOICES: Choices = {
  equalize: ["none", "one-step", "two-step", "cle"],
  relu6: ["exact", "paper"],
  deadChannels: ["fold", "keep"],
  biasCorrection: ["none", "empirical", "analytic", "distilled"],
};

/** Where a report's recipe says nothing of it. */
export const USUAL_MAX = 16;

/** What applied to the report; `deadChannels` follows `equalize` where it is left out. */
export function settingsOf({ recipe }: Report): EqualizationSettings {
  const value = (field: string): unknown => recipe?.[field];
  const equalize = known(CHOICES.equalize, value("equalize"));
  const max = value("equalizeMax");
  return {
    equalize,
    equalizeMax: typeof max === "number" ? max : USUAL_MAX,
    relu6: known(CHOICES.relu6, value("relu6")),
    deadChannels: known(CHOICES.deadChannels, value("deadChannels") ?? (equalize === "none" ? "keep" : "fold")),
    biasCorrection: known(CHOICES.biasCorrection, value("biasCorrection")),
  };
}

/** Settings in a few words: `two-step, dead channels fold, bias correction empirical`. */
export function settingsText({ equalize, deadChannels, biasCorrection, ...others }: EqualizationSettings): string {
  return [
    equalize === "none" ? l10n.t("no equalization") : equalize,
    ...(equalize !== "none" && others.equalizeMax !== USUAL_MAX
      ? [l10n.t("scales up to {0}", others.equalizeMax)]
      : []),
    ...(equalize !== "none" && others.relu6 === "paper" ? [l10n.t("ReLU6 as in the paper")] : []),
    deadChannels === "fold" ? l10n.t("dead channels folded") : l10n.t("dead channels kept"),
    biasCorrection === "none" ? l10n.t("no bias correction") : l10n.t("{0} bias correction", biasCorrection),
  ].join(", ");
}

/** The first choice where the value is none of them. */
export function known<Choice extends string>(choices: readonly Choice[], value: unknown): Choice {
  return choices.find((choice) => choice === value) ?? choices[0];
}
