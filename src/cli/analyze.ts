/** `bitwright analyze`: where the noise comes from, on data. */
import { reportText } from "../engine/emit/report-json";
import { runOnFile } from "../runtime/jobs";
import { writeArtifacts } from "../runtime/write-artifacts";
import { readArguments, usage } from "./arguments";
import { formatWritten } from "./format";
import { formatAnalysis } from "./format-analysis";
import { terminalProgress } from "./progress";
import { givenRecipe, RECIPE_OPTIONS, refuseUnreadTransforms } from "./recipe-options";
import { reportFile } from "./report-file";

export const ANALYZE_OPTIONS = {
  ...RECIPE_OPTIONS,
  report: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export async function analyzeCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, ANALYZE_OPTIONS, ["MODEL"]);
  const model = positionals[0];
  const { recipe, baseDirectory } = givenRecipe(model, { activations: "affine:8", ...values });
  refuseUnreadTransforms(values, recipe);
  if (recipe.calibration === undefined) throw usage("--data FILE is missing (or --random, to try things out)");
  const progress = terminalProgress();
  try {
    const { report } = await runOnFile(model, recipe, { baseDirectory, sensitivity: true, progress: progress.report });
    const { files, written } = writeArtifacts(reportFile(values.report, report));
    progress.done();
    process.stdout.write(values.json ? reportText(report) : formatAnalysis(report) + formatWritten(files, written));
    return 0;
  } finally {
    progress.done();
  }
}
