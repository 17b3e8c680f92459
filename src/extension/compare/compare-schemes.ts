/** Asks which candidates to compare, and compares them in the worker. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { LazyWorker } from "../lazy-worker";
import type { Memory } from "../memory";
import { pickModel } from "../pick-model";
import { runWithProgress } from "../run-with-progress";
import { localPath } from "../workspace-place";
import { startingView, type ComparisonView } from "./comparison-view";

export interface CompareServices {
  readonly worker: LazyWorker;
  readonly memory: Memory;
  show(view: ComparisonView): void;
}

/**
 * @param model asks for one of the workspace's models where there is none
 * @param schemes candidates as the command line takes them; asks where there are none
 * @throws BitwrightError what the comparison throws
 */
export async function compareSchemes(
  services: CompareServices,
  model: vscode.Uri | undefined,
  schemes?: string,
): Promise<void> {
  const { worker, memory } = services;
  void worker.warm();
  const uri = model ?? (await pickModel(vscode.l10n.t("Compare Schemes")));
  if (uri === undefined) return;
  const modelPath = localPath(uri);
  const name = shownName(posix.basename(uri.path));
  const chosen = schemes ?? (await ask(vscode.l10n.t("Compare Schemes on {0}", name), memory.candidates));
  if (chosen === undefined) return;
  const title = vscode.l10n.t("Comparing schemes on {0}", name);
  const comparison = await runWithProgress(worker, title, "compare", { modelPath, schemes: chosen });
  services.show(startingView(uri, comparison));
  await memory.rememberCandidates(chosen);
}

async function ask(title: string, remembered: string | undefined): Promise<string | undefined> {
  const { pickCandidates } = await import("./candidate-picker");
  return pickCandidates(title, remembered);
}
