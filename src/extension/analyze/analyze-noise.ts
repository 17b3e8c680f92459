/** Asks which data to analyze a model on, and shows what quantization costs its layers there. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { Report } from "../../protocol/report";
import type { ModelView } from "../current-model";
import type { Memory } from "../memory";
import { notificationText } from "../notification-text";
import { pickModel } from "../pick-model";
import type { RecipeServices } from "../quantize/run-recipe";
import { runWithProgress } from "../run-with-progress";
import { requireTrust } from "../workspace-place";
import type { CommandId } from "../identifiers";
import { askForAnalysis } from "./ask";
import { dataPlaceOf } from "./place";

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
  const place = dataPlaceOf(uri);
  const { analysisAnswersOf, analysisRecipe } = await import("./answers");
  const name = shownName(posix.basename(uri.path));
  const question = vscode.l10n.t("Analyze Noise of {0}", name);
  const answers = analysisAnswersOf(given) ?? (await askForAnalysis(services, uri, place, question));
  if (answers === undefined) return;
  const quantized = quantizedBefore(services, uri);
  const title = vscode.l10n.t("Analyzing noise of {0}", name);
  const recipe = analysisRecipe(place.model, answers, quantized?.report);
  const report = await analyzed(
    runWithProgress(services.worker, title, "analyze", { baseDirectory: place.folder, recipe, sensitivity: true }),
  );
  if (report === undefined) return;
  const view = viewOf(uri, report, quantized);
  services.current.showQuantized(view);
  services.showReport();
  await services.memory.rememberAnalysis(uri, answers);
  await services.store.save(view);
}

/** The model's last quantization, whose weights are the ones to analyze. */
export function quantizedBefore({ current }: Pick<RecipeServices, "current">, uri: vscode.Uri): ModelView | undefined {
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
