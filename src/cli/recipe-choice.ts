/** Which recipe of a file `--recipe` means. */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { outputBaseName, type Recipe } from "../engine/recipe";
import { BitwrightError, shownName } from "../protocol/errors";
import { readRecipeFile } from "../runtime/recipe-file";

export interface ChosenRecipe {
  /** Absolute folder that the recipe's paths are relative to. */
  readonly baseDirectory: string;
  readonly recipe: Recipe;
}

/**
 * The recipe of a file that is about a model, or the file's only one.
 * @param model path of the model file
 * @param given the recipe file, or its folder; `#` and a recipe's output name, or `directory/name`, after it choose among several
 * @throws BitwrightError recipe-invalid where no recipe is about the model, or more than one; what is wrong with the file
 */
export function chosenRecipe(model: string, given: string): ChosenRecipe {
  const { path, name } = splitName(given);
  const { baseDirectory, recipes } = readRecipeFile(path);
  const named = recipes.filter((recipe) => name === undefined || namesOf(recipe).includes(name));
  const about = named.filter((recipe) => resolve(baseDirectory, recipe.model) === resolve(model));
  const candidates = about.length > 0 ? about : named;
  const recipe = candidates.at(0);
  const isOther = about.length === 0 && recipes.length > 1 && name === undefined;
  if (recipe === undefined || isOther) {
    const problem =
      name === undefined
        ? `none of its ${recipes.length} recipes is about ${shownName(basename(model))}`
        : `none of its recipes has the output name "${shownName(name)}"`;
    throw refused(path, problem, `Add one, or choose with --recipe FILE#NAME: ${listed(recipes)}`);
  }
  if (candidates.length > 1) {
    const problem = `${candidates.length} of its recipes may be meant`;
    throw refused(path, problem, `Choose one with --recipe FILE#NAME: ${listed(candidates)}`);
  }
  return { baseDirectory, recipe: about.length > 0 ? recipe : { ...recipe, model: basename(model) } };
}

/** A file may have `#` in its own name. */
function splitName(given: string): { readonly path: string; readonly name?: string } {
  const at = given.lastIndexOf("#");
  if (at <= 0 || existsSync(given)) return { path: given };
  return { path: given.slice(0, at), name: given.slice(at + 1) };
}

function namesOf(recipe: Recipe): [name: string, full: string] {
  const name = outputBaseName(recipe, basename(recipe.model));
  return [name, `${recipe.output.directory}/${name}`];
}

/** Short names, where they tell the recipes apart. */
function listed(recipes: readonly Recipe[]): string {
  const names = recipes.map(namesOf);
  const isUnique = new Set(names.map(([name]) => name)).size === names.length;
  return names.map(([name, full]) => shownName(isUnique ? name : full)).join(", ");
}

function refused(path: string, problem: string, remedy: string): BitwrightError {
  return new BitwrightError("recipe-invalid", problem, remedy, { field: basename(path) });
}
