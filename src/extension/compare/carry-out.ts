/** From a choice to a recipe: kept in the workspace, or run at once. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { recipeOf } from "../../engine/compare/suggest";
import { shownName } from "../../protocol/errors";
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
  const { folder } = placeInWorkspace(uri);
  const file = await worker.run("addRecipe", {
    file: folder.uri.fsPath,
    modelPath: uri.fsPath,
    comparison,
    choice: [...choice],
  });
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
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
