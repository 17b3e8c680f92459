import type { ModelView } from "../current-model";
import { recipeWithRule, type LayerRule } from "./layer-rule";
import { runRecipe, type RecipeServices } from "./run-recipe";

/**
 * Quantizes again as a report's recipe says, but for one layer.
 * @throws BitwrightError as `runRecipe`; not-available where the model was only inspected
 */
export async function quantizeWithRule(
  services: RecipeServices,
  { uri, report }: ModelView,
  layer: number,
  rule: LayerRule,
): Promise<void> {
  const name = report.layers.at(layer)?.name;
  if (name === undefined) return;
  await runRecipe(services, uri, recipeWithRule(report, name, rule));
}
