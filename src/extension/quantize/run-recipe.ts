/** The main job: run a recipe in the worker, show what came out. */
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { Generated } from "../../protocol/worker";
import type { CurrentModel } from "../current-model";
import { posix } from "node:path";
import type { LazyWorker } from "../lazy-worker";
import type { ReportStore } from "../report-store";
import { runWithProgress } from "../run-with-progress";
import { placeInWorkspace, requireTrust } from "../workspace-place";

export interface RecipeServices {
  readonly worker: LazyWorker;
  readonly current: CurrentModel;
  readonly store: ReportStore;
  showReport(): void;
  openWeights(): void;
}

/**
 * @param recipe an entry of a recipe file, its paths relative to the model's workspace folder; the worker checks it
 * @throws BitwrightError not-available without trust; output-outside; what the recipe's run throws
 */
export async function runRecipe(services: RecipeServices, uri: vscode.Uri, recipe: unknown): Promise<void> {
  requireTrust();
  const { folder, path } = placeInWorkspace(uri);
  const title = vscode.l10n.t("Quantizing {0}", shownName(posix.basename(path)));
  const request = { baseDirectory: folder.uri.fsPath, recipe };
  const generated = await runWithProgress(services.worker, title, "generate", request);
  const view = { uri, report: generated.report, files: generated.files };
  services.current.showQuantized(view);
  services.showReport();
  await services.store.save(view);
  void announce(services, generated);
}

/** Says how many files were written, and offers to look at them. */
export async function announce(
  services: Pick<RecipeServices, "openWeights" | "showReport">,
  generated: Generated,
): Promise<void> {
  const openHeader = vscode.l10n.t("Open Header");
  const showReport = vscode.l10n.t("Show Report");
  const count = generated.written.length;
  const message =
    count === 0
      ? vscode.l10n.t("All {0} files were up to date", generated.files.length)
      : count === 1
        ? vscode.l10n.t("Wrote 1 file")
        : vscode.l10n.t("Wrote {0} files", count);
  const answer = await vscode.window.showInformationMessage(message, openHeader, showReport);
  if (answer === openHeader) services.openWeights();
  if (answer === showReport) services.showReport();
}
