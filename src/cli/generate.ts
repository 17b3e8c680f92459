/** `bitwright generate`: every recipe of a recipe file. */
import type { Recipe } from "../engine/recipe";
import { findStale, generate, type Progress } from "../runtime/jobs";
import { refuseClashes } from "../runtime/output-clashes";
import { inRecipe, readRecipeFile } from "../runtime/recipe-file";
import { readArguments } from "./arguments";
import { formatTotals, formatWritten, shownPath } from "./format";
import { terminalProgress } from "./progress";

export const GENERATE_OPTIONS = { check: { type: "boolean", default: false } } as const;

export async function generateCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, GENERATE_OPTIONS, ["[DIR]"]);
  const set = readRecipeFile(positionals[0] ?? ".");
  refuseClashes(set);
  const progress = terminalProgress();
  let stale = 0;
  for (const [index, recipe] of set.recipes.entries()) {
    try {
      if (values.check) stale += await checkOne(set.baseDirectory, recipe, progress);
      else await generateOne(set.baseDirectory, recipe, progress);
    } catch (error) {
      throw inRecipe(set, index, error);
    } finally {
      progress.done();
    }
  }
  if (values.check && stale === 0) process.stdout.write("All outputs are up to date.\n");
  return stale > 0 ? 1 : 0;
}

interface Terminal {
  readonly report: Progress | undefined;
  done(): void;
}

/** Returns how many outputs are stale. */
async function checkOne(baseDirectory: string, recipe: Recipe, progress: Terminal): Promise<number> {
  const files = await findStale(baseDirectory, recipe, progress.report);
  progress.done();
  for (const file of files) process.stdout.write(`stale: ${shownPath(file)}\n`);
  return files.length;
}

async function generateOne(baseDirectory: string, recipe: Recipe, progress: Terminal): Promise<void> {
  const { report, files, written } = await generate(baseDirectory, recipe, progress.report);
  progress.done();
  process.stdout.write(formatTotals(report) + formatWritten(files, written).replace(/^(?=.)/gm, "  "));
}
