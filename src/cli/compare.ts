/** `bitwright compare`: candidate schemes for every layer, side by side. */
import { DEFAULT_CANDIDATES, parseCandidates, type Candidate } from "../engine/compare/candidates";
import { recipeOf, type Choice } from "../engine/compare/suggest";
import { reportText } from "../engine/emit/report-json";
import { matchesGlob } from "../engine/glob";
import type { Comparison } from "../protocol/comparison";
import { compareModel } from "../runtime/jobs";
import { writeArtifacts } from "../runtime/write-artifacts";
import { writeRecipeFile } from "../runtime/recipe-file";
import { readArguments, usage } from "./arguments";
import { formatComparison } from "./format-comparison";
import { terminalProgress } from "./progress";
import { reportFile } from "./report-file";

export const COMPARE_OPTIONS = {
  schemes: { type: "string", default: DEFAULT_CANDIDATES },
  report: { type: "string" },
  choose: { type: "string" },
  recipe: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export async function compareCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, COMPARE_OPTIONS, ["MODEL"]);
  const candidates = parseCandidates(values.schemes);
  if ((values.choose === undefined) !== (values.recipe === undefined)) throw usage("--choose and --recipe go together");
  const comparison = await runComparison(positionals[0], candidates);
  const choice = values.choose === undefined ? undefined : parseChoice(values.choose, comparison);
  writeArtifacts(reportFile(values.report, comparison));
  if (choice !== undefined && values.recipe !== undefined) {
    writeRecipeFile(values.recipe, positionals[0], (model, directory) =>
      recipeOf(comparison, choice, model, directory),
    );
  }
  process.stdout.write(values.json ? reportText(comparison) : formatComparison(comparison));
  return 0;
}

/** Compares with progress on the terminal. */
export async function runComparison(model: string, candidates: readonly Candidate[]): Promise<Comparison> {
  const progress = terminalProgress();
  try {
    return await compareModel(model, candidates, progress.report);
  } finally {
    progress.done();
  }
}

/** `pattern=candidate` pairs, separated by commas; later ones win, and a layer that none names gets the first candidate. */
function parseChoice(text: string, comparison: Comparison): Choice {
  const choice = new Map(
    comparison.layers.filter(({ sharedWith }) => sharedWith === null).map(({ name }) => [name, 0]),
  );
  for (const pair of text.split(",")) {
    const at = pair.lastIndexOf("=");
    const [pattern, label] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    const candidate = comparison.candidates.findIndex((known) => known.label === label);
    if (at < 1 || candidate < 0)
      throw usage(`--choose takes layer=candidate with a candidate of --schemes, got "${pair}"`);
    const names = [...choice.keys()].filter((name) => name === pattern || matchesGlob(pattern, name));
    if (names.length === 0) throw usage(`--choose: "${pattern}" matches no layer`);
    for (const name of names) choice.set(name, candidate);
  }
  return choice;
}
