/** `bitwright generate`: every recipe of a recipe file. */
import { relative } from "node:path";
import type { Recipe } from "../engine/recipe";
import { checkRequirements } from "../engine/recipe-requirements";
import { BitwrightError } from "../protocol/errors";
import { checkOutputs, generate, type Progress } from "../runtime/jobs";
import { refuseClashes } from "../runtime/output-clashes";
import { inRecipe, readRecipeFile, recipeFileText, type RecipeSet } from "../runtime/recipe-file";
import { fieldOf, RecipeText } from "../runtime/recipe-text";
import { readArguments } from "./arguments";
import { formatTotals, formatWritten, shownPath } from "./format";
import { terminalProgress } from "./progress";

export const GENERATE_OPTIONS = { check: { type: "boolean", default: false } } as const;

/** Every recipe is tried, whatever becomes of the others; what is wrong is said as compilers do, with file and line. */
export async function generateCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, GENERATE_OPTIONS, ["[DIR]"]);
  const path = positionals[0] ?? ".";
  const set = readSet(path);
  if (set === undefined) return 1;
  const progress = terminalProgress();
  let failed = 0;
  let stale = 0;
  for (const [index, recipe] of set.recipes.entries()) {
    try {
      if (values.check) stale += await checkOne(set.baseDirectory, recipe, progress);
      else await generateOne(set.baseDirectory, recipe, progress);
    } catch (thrown) {
      progress.done();
      failed++;
      printProblem(path, inRecipe(set, index, thrown), index);
    }
  }
  if (values.check && stale === 0 && failed === 0) process.stdout.write("All outputs are up to date.\n");
  return stale + failed > 0 ? 1 : 0;
}

/** Undefined where the file is not one, which is said. */
function readSet(path: string): RecipeSet | undefined {
  try {
    const set = readRecipeFile(path);
    refuseClashes(set);
    return set;
  } catch (thrown) {
    printProblem(path, BitwrightError.from(thrown), null);
    return undefined;
  }
}

/** `bitwright.json:12:9: error: … [code]`, which editors and build systems turn into a link. */
function printProblem(path: string, error: BitwrightError, index: number | null): void {
  const file = recipeFileText(path);
  let place = "bitwright";
  if (file !== undefined) {
    const recipes = new RecipeText(file.text);
    const range = index === null ? recipes.syntaxError : null;
    const { line, character } = recipes.positionAt((range ?? recipes.rangeOf(fieldOf(error, index))).offset);
    place = `${relative(process.cwd(), file.path)}:${line + 1}:${character + 1}: error`;
  }
  process.stderr.write(`${place}: ${error.message} [${error.code}]\n`);
}

interface Terminal {
  readonly report: Progress | undefined;
  done(): void;
}

/** Returns how many outputs are stale. */
async function checkOne(baseDirectory: string, recipe: Recipe, progress: Terminal): Promise<number> {
  const { report, stale } = await checkOutputs(baseDirectory, recipe, progress.report);
  checkRequirements(recipe, report.layers, report.totals);
  progress.done();
  for (const file of stale) process.stdout.write(`stale: ${shownPath(file)}\n`);
  return stale.length;
}

async function generateOne(baseDirectory: string, recipe: Recipe, progress: Terminal): Promise<void> {
  const { report, files, written } = await generate(baseDirectory, recipe, progress.report);
  progress.done();
  process.stdout.write(formatTotals(report) + formatWritten(files, written).replace(/^(?=.)/gm, "  "));
}
