/** `bitwright quantize`: one model, options in place of a recipe file. */
import { basename, dirname, resolve } from "node:path";
import { reportArtifact, reportText } from "../engine/emit/report-json";
import { parseRecipe, type Recipe } from "../engine/recipe";
import { BitwrightError } from "../protocol/errors";
import { runOnFile } from "../runtime/jobs";
import { readRecipeFile } from "../runtime/recipe-file";
import { writeArtifacts } from "../runtime/write-artifacts";
import { readArguments, usage, wholeNumber } from "./arguments";
import { formatQuantization } from "./format";
import { terminalProgress } from "./progress";

const OPTIONS = {
  scheme: { type: "string" },
  bits: { type: "string" },
  granularity: { type: "string" },
  clip: { type: "string" },
  rounding: { type: "string" },
  out: { type: "string" },
  name: { type: "string" },
  files: { type: "string" },
  order: { type: "string" },
  emit: { type: "string" },
  recipe: { type: "string" },
  report: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export async function quantizeCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, ["MODEL"]);
  const model = positionals[0];
  const base = values.recipe === undefined ? undefined : recipeFor(model, values.recipe);
  const directory =
    values.out ?? (base === undefined ? undefined : resolve(base.baseDirectory, base.recipe.output.directory));
  if (directory === undefined) throw usage("--out DIR is missing");

  const recipe = asUsage(() =>
    parseRecipe({
      ...base?.recipe,
      model: basename(model),
      weights: {
        ...base?.recipe.weights,
        ...given({
          scheme: values.scheme,
          bits: values.bits === undefined ? undefined : wholeNumber(values.bits, "--bits"),
          granularity: values.granularity,
          clip: values.clip,
          rounding: values.rounding,
        }),
      },
      output: {
        ...base?.recipe.output,
        directory: base?.recipe.output.directory ?? ".",
        ...given({ name: values.name, files: values.files, order: values.order, emit: values.emit?.split(",") }),
      },
    }),
  );

  const progress = terminalProgress();
  try {
    const { report, artifacts } = await runOnFile(model, recipe, progress.report);
    const { files, written } = writeArtifacts(directory, artifacts);
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

/** The entry of a recipe file that is about this model, or its only one. */
function recipeFor(model: string, file: string): { readonly baseDirectory: string; readonly recipe: Recipe } {
  const { baseDirectory, recipes } = readRecipeFile(file);
  const recipe =
    recipes.find((candidate) => resolve(baseDirectory, candidate.model) === resolve(model)) ??
    (recipes.length === 1 ? recipes[0] : undefined);
  if (recipe === undefined) {
    throw new BitwrightError(
      "recipe-invalid",
      `none of its ${recipes.length} recipes is about ${basename(model)}`,
      "Add one",
      {
        field: basename(file),
      },
    );
  }
  return { baseDirectory, recipe };
}

/** What is wrong with options is bad usage, not a failed run. */
function asUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof BitwrightError)) throw error;
    const option = error.place.field?.replace(/^(weights|output)\./, "--").replace(/\[\d+\]/, "") ?? "";
    throw usage(`${option} ${error.problem}`.trim());
  }
}

function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
