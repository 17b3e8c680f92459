/** Asks what a quantization needs to know, and runs it. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import { askForData } from "../analyze/ask";
import { dataPlaceOf } from "../analyze/place";
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
  const chosen = answers ?? (await ask(services, memory, uri, folder));
  if (chosen === undefined) return;
  await runRecipe(services, uri, recipeOf(path, chosen));
  await memory.rememberDirectory(chosen.directory);
}

async function ask(
  { worker }: RecipeServices,
  memory: Memory,
  uri: vscode.Uri,
  folder: vscode.WorkspaceFolder,
): Promise<Answers | undefined> {
  const { askForAnswers } = await import("./questions");
  const { transformsNeedData } = await import("./more-options");
  const title = vscode.l10n.t("Quantize {0}", shownName(posix.basename(uri.path)));
  const answers = await askForAnswers(title, folder, memory.directory);
  if (answers === undefined || !transformsNeedData(answers.transforms ?? {})) return answers;
  const { calibrationOf } = await import("../analyze/answers");
  const data = await askForData({ worker, memory }, uri, dataPlaceOf(uri), title);
  return data && { ...answers, calibration: calibrationOf(data) };
}
