/** `bitwright compare-equalization`: what equalization and bias correction do to a network, all in one run. */
import { reportText } from "../engine/emit/report-json";
import { compareEqualizationsOf } from "../runtime/jobs";
import { writeArtifacts } from "../runtime/write-artifacts";
import { readArguments, usage } from "./arguments";
import { formatEqualizations } from "./format-equalizations";
import { formatWritten } from "./format";
import { terminalProgress } from "./progress";
import { givenRecipe, RECIPE_OPTIONS } from "./recipe-options";
import { reportFile } from "./report-file";

export const COMPARE_EQUALIZATION_OPTIONS = {
  ...RECIPE_OPTIONS,
  report: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export async function compareEqualizationCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, COMPARE_EQUALIZATION_OPTIONS, ["MODEL"]);
  const model = positionals[0];
  if ("equalize" in values) throw usage("--equalize is what is compared");
  const namesWeights = values.recipe !== undefined || "scheme" in values;
  const usual = { activations: "affine:8", ...(namesWeights ? {} : { granularity: "tensor" }) };
  const { recipe, baseDirectory } = givenRecipe(model, { ...usual, ...values });
  if (recipe.calibration === undefined) throw usage("--data FILE is missing (or --random, to try things out)");
  const progress = terminalProgress();
  try {
    const comparison = await compareEqualizationsOf(model, recipe, { baseDirectory, progress: progress.report });
    const { files, written } = writeArtifacts(reportFile(values.report, comparison));
    progress.done();
    process.stdout.write(
      values.json ? reportText(comparison) : formatEqualizations(comparison) + formatWritten(files, written),
    );
    return 0;
  } finally {
    progress.done();
  }
}
