/** A comparison of equalizations in words. */
import * as l10n from "@vscode/l10n";
import type { EqualizationComparison, Quantity } from "../../src/protocol/equalization-comparison";
import { countText, decibelText, nameText } from "../shared/format";
import { outcomeText, type Outcome } from "./outcomes";

export function quantityText(quantity: Quantity): string {
  switch (quantity) {
    case "weights":
      return l10n.t("weights alone");
    case "activations":
      return l10n.t("activations alone");
    case "both":
      return l10n.t("weights and activations");
  }
}

export function chartSentence({ layers, variants, meanBoundDb }: EqualizationComparison, quantity: Quantity): string {
  const means = variants.map(({ label, mean }) => `${label} ${decibelText(mean[quantity])}`);
  const bound = quantity === "both" && meanBoundDb !== null ? [boundPart(meanBoundDb)] : [];
  return l10n.t(
    "Line chart of the SQNR of {0} layers, {1}. Means: {2}. The arrow keys move from layer to layer.",
    countText(layers.length),
    quantityText(quantity),
    [...means, ...bound].join(", "),
  );
}

/** Everything that the chart shows of one layer. */
export function layerSentence({ layers, variants }: EqualizationComparison, layer: number, quantity: Quantity): string {
  const { name, boundDb } = layers[layer];
  const parts = variants.map((variant) => `${variant.label} ${decibelText(variant.layers[layer][quantity])}`);
  const bound = quantity === "both" && boundDb !== null ? [boundPart(boundDb)] : [];
  return `${nameText(name)}: ${[...parts, ...bound].join(", ")}`;
}

/** What was quantized how, and on what. */
export function aboutText({ recipe, variants }: EqualizationComparison): string {
  const weights = schemeText(recipe["weights"], l10n.t("weights"));
  const activations = schemeText(recipe["activations"], l10n.t("activations"));
  const samples = variants[0].outcomes[0].model.evaluationSamples;
  return [weights, activations, l10n.t("{0} samples", countText(samples))].filter((part) => part !== "").join(" · ");
}

export function chosenSentence(outcome: Outcome): string {
  return l10n.t("{0} is chosen.", outcomeText(outcome));
}

function boundPart(decibels: number): string {
  return l10n.t("bound {0}", decibelText(decibels));
}

/** `weights symmetric 8-bit tensor`, of whatever a recipe holds. */
function schemeText(settings: unknown, what: string): string {
  if (typeof settings !== "object" || settings === null) return "";
  const { scheme, bits, granularity }: { scheme?: unknown; bits?: unknown; granularity?: unknown } = settings;
  if (typeof scheme !== "string" || typeof bits !== "number") return "";
  return [what, nameText(scheme), `${bits}-bit`, ...(typeof granularity === "string" ? [granularity] : [])].join(" ");
}
