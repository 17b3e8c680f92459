/** Finds what could be calibration data of a model, and asks which to take. */
import * as vscode from "vscode";
import type { LazyWorker } from "../lazy-worker";
import type { Memory } from "../memory";
import { runWithProgress } from "../run-with-progress";
import { localPath } from "../workspace-place";
import type { AnalysisAnswers, DataAnswers } from "./answers";
import type { DataPlace } from "./place";

const USUAL_ACTIVATIONS: AnalysisAnswers["activations"] = { scheme: "affine", bits: 8 };

export interface AskServices {
  readonly worker: LazyWorker;
  readonly memory: Memory;
}

/** Data, and how values between layers become codes; undefined where the user left. */
export async function askForAnalysis(
  services: AskServices,
  uri: vscode.Uri,
  { folder }: DataPlace,
  title: string,
): Promise<AnalysisAnswers | undefined> {
  const questions = await import("./questions");
  return questions.askForAnalysis(
    title,
    folder,
    await candidates(services, uri, folder),
    services.memory.analysis(uri),
  );
}

/** Data alone, which the next question about the model offers again; undefined where the user left. */
export async function askForData(
  services: AskServices,
  uri: vscode.Uri,
  { folder }: DataPlace,
  title: string,
): Promise<DataAnswers | undefined> {
  const { memory } = services;
  const questions = await import("./questions");
  const { analysisAnswersOf } = await import("./answers");
  const remembered = memory.analysis(uri);
  const data = await questions.askForData(title, folder, await candidates(services, uri, folder), remembered);
  if (data === undefined) return undefined;
  const activations = analysisAnswersOf(remembered)?.activations ?? USUAL_ACTIVATIONS;
  await memory.rememberAnalysis(uri, { ...data, activations });
  return data;
}

/** What in a folder could be data of a model. @throws BitwrightError what the search throws */
export function candidates({ worker }: AskServices, uri: vscode.Uri, folder: string) {
  const searching = vscode.l10n.t("Looking for calibration data");
  return runWithProgress(worker, searching, "findData", { folder, modelPath: localPath(uri) });
}
