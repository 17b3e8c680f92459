/** Recipes as they are kept up to date: each by its content, so that moving it about in its file changes nothing. */
import { resolve } from "node:path";
import type { Recipe } from "../../engine/recipe";
import { refuseClashes } from "../../runtime/output-clashes";
import { readRecipeFile } from "../../runtime/recipe-file";
import { recipeInputs } from "../../runtime/recipe-inputs";

export interface RecipeTarget {
  /** Equal for recipes of equal content in one file, under one version of Bitwright. */
  readonly id: string;
  /** Absolute path of the recipe file. */
  readonly file: string;
  /** In the file's `models`. */
  readonly index: number;
  /** Absolute folder that the recipe's paths are relative to. */
  readonly baseDirectory: string;
  readonly recipe: Recipe;
  /** Absolute path. */
  readonly model: string;
  /** Absolute paths of the model and of calibration data. */
  readonly inputs: readonly string[];
}

/**
 * @param file absolute path of a recipe file
 * @throws BitwrightError what is wrong with the file
 */
export function recipeTargets(file: string): RecipeTarget[] {
  const set = readRecipeFile(file);
  refuseClashes(set);
  const { baseDirectory } = set;
  return set.recipes.map((recipe, index) => ({
    id: [__BITWRIGHT_VERSION__, file, JSON.stringify(recipe)].join("\n"),
    file,
    index,
    baseDirectory,
    recipe,
    model: resolve(baseDirectory, recipe.model),
    inputs: recipeInputs(baseDirectory, recipe),
  }));
}
