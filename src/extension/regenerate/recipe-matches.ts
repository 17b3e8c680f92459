/** What can be told to be a recipe's without running it. */
import { resolve, sep } from "node:path";
import type { ModelView } from "../current-model";
import type { RecipeTarget } from "./recipe-target";

/** Whether a report is of what a recipe asks for. */
export function isReportOf({ uri, report }: ModelView, { model, recipe }: RecipeTarget): boolean {
  return uri.fsPath === model && JSON.stringify(report.recipe) === JSON.stringify(recipe);
}

/** Whether a file lies where a recipe writes. @param path absolute */
export function mayWrite({ baseDirectory, recipe }: RecipeTarget, path: string): boolean {
  return path.startsWith(resolve(baseDirectory, recipe.output.directory) + sep);
}
