/** `bitwright suggest`: bits for every layer, for a budget of flash or a floor of quality. */
import { basename } from "node:path";
import { allCandidates, parseCandidates } from "../engine/compare/candidates";
import { recipeOf, suggestForBudget, suggestForSqnr } from "../engine/compare/suggest";
import { writeRecipeFile } from "../runtime/recipe-file";
import { readArguments, usage, wholeNumber } from "./arguments";
import { runComparison } from "./compare";
import { formatSuggestion } from "./format-comparison";

export const SUGGEST_OPTIONS = {
  budget: { type: "string" },
  "min-sqnr": { type: "string" },
  schemes: { type: "string" },
  recipe: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** Widths of the symmetric scheme that are tried where no candidates are named. */
const WIDTHS = [2, 3, 4, 5, 6, 7, 8, 10, 12, 16];

export async function suggestCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, SUGGEST_OPTIONS, ["MODEL"]);
  const { budget, "min-sqnr": floor } = values;
  if ((budget === undefined) === (floor === undefined))
    throw usage("one of --budget BYTES and --min-sqnr DB is needed");
  const candidates =
    values.schemes === undefined
      ? allCandidates(WIDTHS).filter(({ settings }) => settings.scheme === "symmetric")
      : parseCandidates(values.schemes);
  const bytes = budget === undefined ? undefined : wholeNumber(budget, "--budget");
  const decibels = floor === undefined ? undefined : decibelNumber(floor);
  const model = positionals[0];
  const comparison = await runComparison(model, candidates);
  const suggestion =
    bytes === undefined ? suggestForSqnr(comparison, decibels ?? 0) : suggestForBudget(comparison, bytes);
  if (values.recipe !== undefined) {
    writeRecipeFile(values.recipe, model, (path, directory) =>
      recipeOf(comparison, suggestion.choice, path, directory),
    );
  }
  const recipe = recipeOf(comparison, suggestion.choice, basename(model), "firmware");
  process.stdout.write(
    values.json ? `${JSON.stringify({ models: [recipe] }, null, 2)}\n` : formatSuggestion(comparison, suggestion),
  );
  return 0;
}

function decibelNumber(text: string): number {
  if (!/^\d{1,3}(\.\d+)?$/.test(text)) throw usage(`--min-sqnr takes decibels, got "${text}"`);
  return Number(text);
}
