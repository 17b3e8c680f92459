/** `bitwright quantize`: one model, options in place of a recipe file. */
import { reportText } from "../engine/emit/report-json";
import { checkRequirements } from "../engine/recipe-requirements";
import { runOnFile } from "../runtime/jobs";
import { outputFolderInside } from "../runtime/output-folder";
import { writeArtifacts } from "../runtime/write-artifacts";
import { readArguments, usage } from "./arguments";
import { formatQuantization } from "./format";
import { terminalProgress } from "./progress";
import { givenRecipe, RECIPE_OPTIONS, refuseUnreadTransforms } from "./recipe-options";
import { reportFile } from "./report-file";

export const QUANTIZE_OPTIONS = {
  ...RECIPE_OPTIONS,
  out: { type: "string" },
  report: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export async function quantizeCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, QUANTIZE_OPTIONS, ["MODEL"]);
  const model = positionals[0];
  const { recipe, baseDirectory, fromFile } = givenRecipe(model, values);
  refuseUnreadTransforms(values, recipe);
  const directory = values.out ?? (fromFile ? outputFolderInside(baseDirectory, recipe.output.directory) : undefined);
  if (directory === undefined) throw usage("--out DIR is missing");
  const progress = terminalProgress();
  try {
    const { report, artifacts } = await runOnFile(model, recipe, { baseDirectory, progress: progress.report });
    checkRequirements(recipe, report.layers, report.totals);
    const outputs = [{ directory, artifacts }, ...reportFile(values.report, report)];
    const { files, written } = writeArtifacts(outputs);
    progress.done();
    process.stdout.write(values.json ? reportText(report) : formatQuantization(report, files, written));
    return 0;
  } finally {
    progress.done();
  }
}
