/** What is wrong with a recipe file, as far as can be told without running its recipes. */
import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { checkLayerRules, parseRecipe, parseRecipeFile, recipeSchema, type Recipe } from "../../engine/recipe";
import { BitwrightError, shownName } from "../../protocol/errors";
import { refuseClashes } from "../../runtime/output-clashes";
import { outputFolderInside } from "../../runtime/output-folder";
import { inRecipe } from "../../runtime/recipe-file";
import { recipeInputs } from "../../runtime/recipe-inputs";
import { fieldOf, RecipeText, type TextRange } from "../../runtime/recipe-text";

export interface RecipeProblem {
  readonly range: TextRange;
  readonly error: BitwrightError;
  /** Absolute path of the file that the problem is the lack of; null for other problems. */
  readonly missingFile: string | null;
}

export interface ProblemOptions {
  /** Somebody else checks the text against the published schema: the JSON language server does where the file is open. */
  readonly schemaIsChecked: boolean;
  /** Names of a model's layers; undefined where they are not known. @param model absolute path */
  readonly layerNames: (model: string) => readonly string[] | undefined;
}

/** An error of one recipe, before its place in the file is known. */
interface Found {
  readonly error: BitwrightError;
  readonly missingFile?: string;
}

/**
 * @param file absolute path of the recipe file
 * @param text of it, which may have been edited since it was saved
 */
export function recipeProblems(file: string, text: string, options: ProblemOptions): RecipeProblem[] {
  const recipes = new RecipeText(text);
  const place = { name: basename(file), baseDirectory: dirname(file) };
  if (recipes.syntaxError !== null) {
    const error = new BitwrightError("recipe-invalid", "from here on it is not JSON", "Correct it");
    return options.schemaIsChecked ? [] : [{ range: recipes.syntaxError, error, missingFile: null }];
  }
  const problems: RecipeProblem[] = [];
  const add = (index: number | null, { error, missingFile }: Found): void => {
    const shown = index === null ? error : inRecipe(place, index, error);
    problems.push({ range: recipes.rangeOf(fieldOf(shown, index)), error: shown, missingFile: missingFile ?? null });
  };
  const parsed: Recipe[] = [];
  for (const { index, value } of recipes.recipes) {
    try {
      const recipe = parseRecipe(value);
      parsed.push(recipe);
      for (const found of brokenPlaces(place.baseDirectory, recipe, options)) add(index, found);
    } catch (thrown) {
      if (options.schemaIsChecked && !recipeSchema.safeParse(value).success) continue;
      add(index, { error: BitwrightError.from(thrown) });
    }
  }
  const isWhole = parsed.length === recipes.recipes.length && parsed.length > 0;
  const wholeFile = (): void => {
    if (isWhole) refuseClashes({ ...place, recipes: parsed });
    else if (!options.schemaIsChecked && problems.length === 0) parseRecipeFile(JSON.parse(text));
  };
  for (const error of thrownBy(wholeFile)) {
    // A folder that cannot be written to was already found.
    if (!problems.some((problem) => problem.error.code === error.code)) add(null, { error });
  }
  return problems;
}

/** Files that are missing, an output folder that is none, and rules that match no layer. */
function brokenPlaces(baseDirectory: string, recipe: Recipe, { layerNames }: ProblemOptions): Found[] {
  const model = resolve(baseDirectory, recipe.model);
  const missing = recipeInputs(baseDirectory, recipe).filter((path) => !existsSync(path));
  const names = missing.includes(model) ? undefined : layerNames(model);
  const layers = names?.map((name) => ({ name }));
  return [
    ...missing.map((path) => ({ error: path === model ? modelMissing(path) : dataMissing(path), missingFile: path })),
    ...thrownBy(() => outputFolderInside(baseDirectory, recipe.output.directory)).map((error) => ({ error })),
    ...Object.entries(layers === undefined ? {} : recipe.layers)
      .flatMap(([pattern, rule]) => {
        const only = { ...recipe, layers: { [pattern]: rule } };
        return thrownBy(() => {
          checkLayerRules(only, layers ?? []);
        });
      })
      .map((error) => ({ error })),
  ];
}

function modelMissing(path: string): BitwrightError {
  return new BitwrightError("model-missing", "the file does not exist", "Check the path", { model: basename(path) });
}

function dataMissing(path: string): BitwrightError {
  const problem = `there is no "${shownName(basename(path))}" in ${dirname(path)}`;
  return new BitwrightError("data-missing", problem, "Check the path");
}

/** What work throws, if it does. */
function thrownBy(work: () => unknown): BitwrightError[] {
  try {
    work();
    return [];
  } catch (thrown) {
    return [BitwrightError.from(thrown)];
  }
}
