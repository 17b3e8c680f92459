/** Asks which data to analyze a model on, and shows what quantization costs its layers there. */
import { dirname, posix } from "node:path";
import * as vscode from "vscode";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { Report } from "../../protocol/report";
import type { ModelView } from "../current-model";
import type { Memory } from "../memory";
import { notificationText } from "../notification-text";
import { pickModel } from "../pick-model";
import type { RecipeServices } from "../quantize/run-recipe";
import { relativeInside } from "../relative-path";
import { runWithProgress } from "../run-with-progress";
import { localPath, requireTrust } from "../workspace-place";
import type { AnalysisAnswers } from "./answers";
import type { CommandId } from "../identifiers";

export interface AnalysisServices extends RecipeServices {
  readonly memory: Memory;
}

/**
 * @param model asks for one of the workspace's models where there is none
 * @param given answers in place of the questions, in the form of `AnalysisAnswers`; anything else is as none
 * @throws BitwrightError not-available in an untrusted workspace; what the analysis throws
 */
export async function analyzeNoise(
  services: AnalysisServices,
  model: vscode.Uri | undefined,
  given: unknown,
): Promise<void> {
  requireTrust(vscode.l10n.t("analyzing runs the model"));
  void services.worker.warm();
  const uri = model ?? (await pickModel(vscode.l10n.t("Analyze Noise")));
  if (uri === undefined) return;
  const place = placeOf(uri);
  const { analysisAnswersOf, analysisRecipe } = await import("./answers");
  const answers = analysisAnswersOf(given) ?? (await ask(services, uri, place));
  if (answers === undefined) return;
  const quantized = quantizedBefore(services, uri);
  const title = vscode.l10n.t("Analyzing noise of {0}", shownName(posix.basename(uri.path)));
  const recipe = analysisRecipe(place.model, answers, quantized?.report);
  const report = await analyzed(
    runWithProgress(services.worker, title, "analyze", { baseDirectory: place.folder, recipe }),
  );
  if (report === undefined) return;
  const view = viewOf(uri, report, quantized);
  services.current.showQuantized(view);
  services.showReport();
  await services.memory.rememberAnalysis(uri, answers);
  await services.store.save(view);
}

/** The folder that paths of data are relative to, and the model from there; models outside the workspace have their own. */
interface AnalysisPlace {
  readonly folder: string;
  readonly model: string;
}

function placeOf(uri: vscode.Uri): AnalysisPlace {
  const path = localPath(uri);
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const inside = folder === undefined ? undefined : relativeInside(folder.uri.path, uri.path);
  return folder === undefined || inside === undefined
    ? { folder: dirname(path), model: posix.basename(uri.path) }
    : { folder: folder.uri.fsPath, model: inside };
}

async function ask(
  { worker, memory }: AnalysisServices,
  uri: vscode.Uri,
  { folder }: AnalysisPlace,
): Promise<AnalysisAnswers | undefined> {
  const { askForAnalysis } = await import("./questions");
  const title = vscode.l10n.t("Analyze Noise of {0}", shownName(posix.basename(uri.path)));
  const searching = vscode.l10n.t("Looking for calibration data");
  const candidates = await runWithProgress(worker, searching, "findData", { folder, modelPath: localPath(uri) });
  return askForAnalysis(title, folder, candidates, memory.analysis(uri));
}

function quantizedBefore({ current }: AnalysisServices, uri: vscode.Uri): ModelView | undefined {
  const { quantized } = current;
  return quantized?.uri.toString() === uri.toString() && quantized.report.recipe !== null ? quantized : undefined;
}

/** The files that were written before are still the model's. */
function viewOf(uri: vscode.Uri, report: Report, before: ModelView | undefined): ModelView {
  if (before?.report.model.sha256 !== report.model.sha256) return { uri, report, files: [] };
  return { uri, report: { ...report, artifacts: before.report.artifacts }, files: before.files };
}

/** Undefined where this platform cannot run models, which is said together with what works without. */
async function analyzed(running: Promise<Report>): Promise<Report | undefined> {
  try {
    return await running;
  } catch (thrown) {
    const error = BitwrightError.from(thrown);
    if (error.code !== "runtime-missing") throw error;
    const instead: readonly [label: string, command: CommandId][] = [
      [vscode.l10n.t("Compare Schemes…"), "bitwright.compareSchemes"],
      [vscode.l10n.t("Quantize Model…"), "bitwright.quantizeModel"],
    ];
    const message = notificationText(`${error.message} (${error.code})`);
    const chosen = await vscode.window.showErrorMessage(message, ...instead.map(([label]) => label));
    const command = instead.find(([label]) => label === chosen)?.[1];
    if (command !== undefined) await vscode.commands.executeCommand(command);
    return undefined;
  }
}
