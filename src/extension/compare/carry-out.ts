/** From a choice to a recipe: kept in the workspace, or run at once. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { recipeOf } from "../../engine/compare/suggest";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { LazyWorker } from "../lazy-worker";
import type { Memory } from "../memory";
import { chooseDirectory } from "../quantize/output-directory";
import { runRecipe, type RecipeServices } from "../quantize/run-recipe";
import { placeInWorkspace, requireTrust } from "../workspace-place";
import type { ComparisonView } from "./comparison-view";

/**
 * Adds the choice to the `bitwright.json` of the model's workspace folder and opens that.
 * @throws BitwrightError not-available without trust; output-outside; recipe-invalid; output-failed
 */
export async function saveAsRecipe(worker: LazyWorker, { uri, comparison, choice }: ComparisonView): Promise<void> {
  requireTrust();
  const { folder, path } = placeInWorkspace(uri);
  if (!(await mayReplace(folder, path))) return;
  const file = await worker.run("addRecipe", {
    file: folder.uri.fsPath,
    modelPath: uri.fsPath,
    comparison,
    choice: [...choice],
  });
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
}

/** Asks where the recipe file holds an entry for the model, which may say more than a choice does. */
export async function mayReplace(folder: vscode.WorkspaceFolder, path: string): Promise<boolean> {
  if (!(await holdsRecipe(folder.uri.fsPath, path))) return true;
  const replace = vscode.l10n.t("Replace");
  const question = vscode.l10n.t("The recipe file already holds a recipe for {0}.", shownName(path));
  const detail = vscode.l10n.t("Saving replaces it, with all that it says besides schemes and bits.");
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, replace)) === replace;
}

/** @throws BitwrightError recipe-invalid, where there is a recipe file that is not one */
async function holdsRecipe(folder: string, model: string): Promise<boolean> {
  const { readRecipeFile } = await import("../../runtime/recipe-file");
  try {
    return readRecipeFile(folder).recipes.some((recipe) => recipe.model === model);
  } catch (thrown) {
    if (thrown instanceof BitwrightError && thrown.code === "recipe-missing") return false;
    throw thrown;
  }
}

/**
 * Quantizes with the choice, into a folder that is asked for.
 * @throws BitwrightError as `runRecipe`
 */
export async function quantizeWithChoice(
  services: RecipeServices,
  memory: Memory,
  { uri, comparison, choice }: ComparisonView,
): Promise<void> {
  requireTrust();
  const { folder, path } = placeInWorkspace(uri);
  const title = vscode.l10n.t("Quantize {0}", shownName(posix.basename(path)));
  const directory = await chooseDirectory(title, folder, memory.directory, { step: 1, totalSteps: 1 });
  if (typeof directory !== "string") return;
  await runRecipe(services, uri, recipeOf(comparison, choice, path, directory));
  await memory.rememberDirectory(directory);
}
