/** `bitwright generate`: every recipe of a recipe file. */
import { relative } from "node:path";
import { findStale, generate } from "../runtime/jobs";
import { readRecipeFile } from "../runtime/recipe-file";
import { readArguments } from "./arguments";
import { formatTotals } from "./format";
import { terminalProgress } from "./progress";

export async function generateCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { check: { type: "boolean", default: false } }, ["[DIR]"]);
  const { baseDirectory, recipes } = readRecipeFile(positionals[0] ?? ".");
  const progress = terminalProgress();
  let stale = 0;
  try {
    for (const recipe of recipes) {
      if (values.check) {
        const files = await findStale(baseDirectory, recipe, progress.report);
        progress.done();
        for (const file of files) process.stdout.write(`stale: ${shown(file)}\n`);
        stale += files.length;
      } else {
        const { report, files, written } = await generate(baseDirectory, recipe, progress.report);
        progress.done();
        process.stdout.write(formatTotals(report));
        for (const file of files) {
          process.stdout.write(`  ${written.includes(file) ? "wrote" : "unchanged"} ${shown(file)}\n`);
        }
      }
    }
  } finally {
    progress.done();
  }
  if (values.check && stale === 0) process.stdout.write("All outputs are up to date.\n");
  return stale > 0 ? 1 : 0;
}

function shown(file: string): string {
  return relative(process.cwd(), file) || file;
}
