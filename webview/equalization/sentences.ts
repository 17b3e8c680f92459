/** A comparison of equalizations in words. */
import type { EqualizationComparison, Quantity } from "../../src/protocol/equalization-comparison";
import { countText, decibelText, nameText } from "../shared/format";
import { outcomeText, type Outcome } from "./outcomes";

export function quantityText(quantity: Quantity): string {
  switch (quantity) {
    case "weights":
      return "weights alone";
    case "activations":
      return "activations alone";
    case "both":
      return "weights and activations";
  }
}

export function chartSentence({ layers, variants, meanBoundDb }: EqualizationComparison, quantity: Quantity): string {
  const means = variants.map(({ label, mean }) => `${label} ${decibelText(mean[quantity])}`);
  const bound = quantity === "both" && meanBoundDb !== null ? [`bound ${decibelText(meanBoundDb)}`] : [];
  return `Line chart of the SQNR of ${countText(layers.length)} layers, ${quantityText(quantity)}. Means: ${[...means, ...bound].join(", ")}. The arrow keys move from layer to layer.`;
}

/** Everything that the chart shows of one layer. */
export function layerSentence({ layers, variants }: EqualizationComparison, layer: number, quantity: Quantity): string {
  const { name, boundDb } = layers[layer];
  const parts = variants.map((variant) => `${variant.label} ${decibelText(variant.layers[layer][quantity])}`);
  const bound = quantity === "both" && boundDb !== null ? [`bound ${decibelText(boundDb)}`] : [];
  return `${nameText(name)}: ${[...parts, ...bound].join(", ")}`;
}

/** What was quantized how, and on what. */
export function aboutText({ recipe, variants }: EqualizationComparison): string {
  const weights = schemeText(recipe["weights"], "weights");
  const activations = schemeText(recipe["activations"], "activations");
  const samples = variants[0].outcomes[0].model.evaluationSamples;
  return [weights, activations, `${countText(samples)} samples`].filter((part) => part !== "").join(" · ");
}

export function chosenSentence(outcome: Outcome): string {
  return `${outcomeText(outcome)} is chosen.`;
}

/** `weights symmetric 8-bit tensor`, of whatever a recipe holds. */
function schemeText(settings: unknown, what: string): string {
  if (typeof settings !== "object" || settings === null) return "";
  const { scheme, bits, granularity }: { scheme?: unknown; bits?: unknown; granularity?: unknown } = settings;
  if (typeof scheme !== "string" || typeof bits !== "number") return "";
  return [what, nameText(scheme), `${bits}-bit`, ...(typeof granularity === "string" ? [granularity] : [])].join(" ");
}
