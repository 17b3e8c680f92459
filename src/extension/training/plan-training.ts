/** Finds out what is to be trained, and how. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import { quantizedBefore } from "../analyze/analyze-noise";
import { candidates, type AskServices } from "../analyze/ask";
import { dataPlaceOf } from "../analyze/place";
import type { CurrentModel } from "../current-model";
import { fileExists } from "../file-exists";
import { pickModel } from "../pick-model";
import { trainingAnswersOf, type TrainingAnswers } from "./answers";
import { planOf, trainedPath, type Plan } from "./plan";
import { askForTraining } from "./questions";

export interface PlanServices extends AskServices {
  readonly current: CurrentModel;
}

/**
 * @param model asks for one of the workspace's models where there is none
 * @param given answers in place of the questions
 * @returns undefined where the user left
 * @throws BitwrightError output-outside; what looking for data throws
 */
export async function planTraining(
  services: PlanServices,
  model: vscode.Uri | undefined,
  given: unknown,
): Promise<Plan | undefined> {
  const uri = model ?? (await pickModel(vscode.l10n.t("Fine-tune Quantized Model")));
  if (uri === undefined) return undefined;
  const answers = trainingAnswersOf(given) ?? (await ask(services, uri));
  if (answers === undefined || !(await mayReplace(uri, answers))) return undefined;
  const plan = await planOf(uri, answers);
  await services.memory.rememberTraining(uri, answers);
  return plan;
}

async function ask(services: PlanServices, uri: vscode.Uri): Promise<TrainingAnswers | undefined> {
  const { folder } = dataPlaceOf(uri);
  return askForTraining({
    title: vscode.l10n.t("Fine-tune {0}", shownName(posix.basename(uri.path))),
    folder: vscode.workspace.getWorkspaceFolder(uri),
    dataFolder: folder,
    candidates: await candidates(services, uri, folder),
    quantized: quantizedBefore(services, uri)?.report.recipe ?? null,
    last: trainingAnswersOf(services.memory.training(uri)),
  });
}

/** A trained model may have taken hours. */
async function mayReplace(uri: vscode.Uri, { directory }: TrainingAnswers): Promise<boolean> {
  const path = trainedPath(uri, directory);
  if (!(await fileExists(vscode.Uri.file(path)))) return true;
  const replace = vscode.l10n.t("Replace");
  const question = vscode.l10n.t("{0} is there already.", shownName(vscode.workspace.asRelativePath(path)));
  const detail = vscode.l10n.t("Training replaces it, and its recipe, when it is done.");
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, replace)) === replace;
}
