/** Recipes of one file must not write over each other. */
import { basename, join } from "node:path";
import { BUILD_ENDINGS } from "../engine/emit/build-systems/description";
import { fileBaseName } from "../engine/emit/file-names";
import { outputBaseName, type Recipe } from "../engine/recipe";
import { BitwrightError } from "../protocol/errors";
import { outputFolderInside, realPathToBe } from "./output-folder";
import { inRecipe, type RecipeSet } from "./recipe-file";

/** Whether `A.h` and `a.h` are one file, as they usually are on these systems. */
const FOLDS_CASE = process.platform === "win32" || process.platform === "darwin";

/** How the names of a recipe's files go on after its base name. */
const ENDINGS: Readonly<Record<Recipe["output"]["emit"][number], readonly string[]>> = {
  weights: ["_weights.h", "_weights.c"],
  inference: [".h", ".c"],
  onnx: ["_quantized.onnx"],
  report: ["_report.json"],
};

/**
 * Refuses recipes that write the same files: the later one would overwrite the earlier one's, and neither would ever be up
 * to date.
 * @param foldsCase whether names that differ in case alone are the same
 * @throws BitwrightError recipe-invalid naming both recipes; output-outside
 */
export function refuseClashes(set: RecipeSet, foldsCase = FOLDS_CASE): void {
  const writers = new Map<string, number>();
  for (const [index, recipe] of set.recipes.entries()) {
    const stem = outputStem(set, recipe, index);
    const { emit, build } = recipe.output;
    const endings = [
      ...[...new Set(emit)].flatMap((kind) => ENDINGS[kind]),
      ...[...new Set(build)].map((system) => BUILD_ENDINGS[system]),
    ];
    const files = endings.map((ending) => stem + ending);
    for (const file of files) {
      const key = foldsCase ? file.toLowerCase() : file;
      const other = writers.get(key);
      if (other !== undefined) throw clash(set, index, other, basename(file));
      writers.set(key, index);
    }
  }
}

/** Folder, links followed, and base name of a recipe's files. */
function outputStem(set: RecipeSet, recipe: Recipe, index: number): string {
  try {
    const folder = realPathToBe(outputFolderInside(set.baseDirectory, recipe.output.directory));
    return join(folder, fileBaseName(outputBaseName(recipe, basename(recipe.model))));
  } catch (error) {
    throw inRecipe(set, index, error);
  }
}

function clash(set: RecipeSet, index: number, other: number, file: string): BitwrightError {
  const error = new BitwrightError(
    "recipe-invalid",
    `models[${other}] writes "${file}" into the same folder`,
    "Give one of the two another output.name or output.directory",
    { field: "output" },
  );
  return inRecipe(set, index, error);
}
