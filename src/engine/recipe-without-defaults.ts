/** Recipes as people write them. */
import { parseRecipe } from "./recipe";

/** What a recipe says of weights even where it is the default: it is what recipes are read for. */
const ALWAYS_SAID = new Set(["scheme", "bits", "granularity"]);

/**
 * The recipe without the fields that have their default values.
 * @throws BitwrightError recipe-invalid where it is no recipe
 */
export function withoutDefaults(value: unknown): Record<string, unknown> {
  const recipe = parseRecipe(value);
  const { model, output } = recipe;
  const usual = parseRecipe({ model, output: { directory: output.directory } });
  return {
    model,
    ...unusual(recipe, usual),
    weights: unusual(recipe.weights, usual.weights, ALWAYS_SAID),
    output: { directory: output.directory, ...unusual(output, usual.output) },
  };
}

function unusual(fields: object, usual: object, kept: ReadonlySet<string> = new Set()): Record<string, unknown> {
  const known = new Map(Object.entries(usual).map(([name, value]) => [name, JSON.stringify(value)]));
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => kept.has(name) || known.get(name) !== JSON.stringify(value)),
  );
}
