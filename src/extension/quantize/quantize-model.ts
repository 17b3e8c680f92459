/** Asks what a quantization needs to know, and runs it. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { Memory } from "../memory";
import { pickModel } from "../pick-model";
import { placeInWorkspace, requireTrust } from "../workspace-place";
import { recipeOf, type Answers } from "./answers";

import { runRecipe, type RecipeServices } from "./run-recipe";

/**
 * @param model asks for one of the workspace's models where there is none
 * @param answers asks where they are not given
 * @throws BitwrightError as `runRecipe`
 */
export async function quantizeModel(
  services: RecipeServices,
  memory: Memory,
  model: vscode.Uri | undefined,
  answers?: Answers,
): Promise<void> {
  requireTrust();
  void services.worker.warm();
  const uri = model ?? (await pickModel(vscode.l10n.t("Quantize Model")));
  if (uri === undefined) return;
  const { folder, path } = placeInWorkspace(uri);
  const chosen = answers ?? (await ask(uri, folder, memory.directory));
  if (chosen === undefined) return;
  await runRecipe(services, uri, recipeOf(path, chosen));
  await memory.rememberDirectory(chosen.directory);
}

async function ask(
  uri: vscode.Uri,
  folder: vscode.WorkspaceFolder,
  remembered: string | undefined,
): Promise<Answers | undefined> {
  const { askForAnswers } = await import("./questions");
  const title = vscode.l10n.t("Quantize {0}", shownName(posix.basename(uri.path)));
  return askForAnswers(title, folder, remembered);
}
