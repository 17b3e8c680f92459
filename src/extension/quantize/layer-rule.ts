/** Another rule for one layer of a report's recipe. */
import { BitwrightError } from "../../protocol/errors";
import type { Report } from "../../protocol/report";

/** A recipe's rule for a layer: settings, or `{ keep: "float" }`. */
export type LayerRule = Readonly<Record<string, unknown>>;

/** What the recipe says of all layers, as a rule: it takes a layer that was kept in float out of that. */
export function usualRule(report: Report | undefined): LayerRule {
  const weights = report?.recipe?.["weights"];
  return typeof weights === "object" && weights !== null ? { ...weights } : {};
}

/**
 * The report's recipe with a rule for the layer of that name, after all others and in place of an earlier one.
 * @throws BitwrightError not-available where the model was only inspected
 */
export function recipeWithRule({ recipe }: Report, name: string, rule: LayerRule): Record<string, unknown> {
  if (recipe === null) {
    throw new BitwrightError(
      "not-available",
      "this model was not quantized yet",
      "Run Bitwright: Quantize Model… first",
    );
  }
  const { layers } = recipe;
  const rules = typeof layers === "object" && layers !== null ? Object.entries(layers) : [];
  const others = rules.filter(([pattern]) => pattern !== name);
  return { ...recipe, layers: Object.fromEntries([...others, [name, rule]]) };
}
