/** `bitwright quantize`: one model, options in place of a recipe file. */
import { basename, dirname, resolve } from "node:path";
import { reportArtifact, reportText } from "../engine/emit/report-json";
import { runOnFile } from "../runtime/jobs";
import { writeArtifacts } from "../runtime/write-artifacts";
import { readArguments, usage } from "./arguments";
import { formatQuantization } from "./format";
import { terminalProgress } from "./progress";
import { givenRecipe, RECIPE_OPTIONS } from "./recipe-options";

const OPTIONS = {
  ...RECIPE_OPTIONS,
  out: { type: "string" },
  report: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export async function quantizeCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, ["MODEL"]);
  const model = positionals[0];
  const { recipe, baseDirectory, directory = values.out } = givenRecipe(model, values);
  if (directory === undefined) throw usage("--out DIR is missing");
  const progress = terminalProgress();
  try {
    const { report, artifacts } = await runOnFile(model, recipe, { baseDirectory, progress: progress.report });
    const { files, written } = writeArtifacts(values.out ?? directory, artifacts);
    if (values.report !== undefined) {
      writeArtifacts(dirname(resolve(values.report)), [reportArtifact(report, basename(values.report))]);
    }
    progress.done();
    process.stdout.write(values.json ? reportText(report) : formatQuantization(report, files, written));
    return 0;
  } finally {
    progress.done();
  }
}
