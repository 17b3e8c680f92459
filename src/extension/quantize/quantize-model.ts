/** The main job: ask, run the recipe in the worker, show what came out. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { Generated } from "../../protocol/worker";
import type { CurrentModel } from "../current-model";
import { showFailure } from "../failures";
import { abortSignalOf, type LazyWorker } from "../lazy-worker";
import { localPath } from "../model-editor/preview";
import { notificationText } from "../notification-text";
import type { ReportStore } from "../report-store";
import { recipeOf, type Answers } from "./answers";
import { pickModel } from "./pick-model";
import { relativeInside } from "./relative-path";

const REMEMBERED_DIRECTORY = "outputDirectory";

export interface QuantizeServices {
  readonly worker: LazyWorker;
  readonly current: CurrentModel;
  readonly store: ReportStore;
  readonly log: vscode.LogOutputChannel;
  /** Remembers the output folder. */
  readonly memory: vscode.Memento;
  showReport(): void;
  openWeights(): void;
}

/**
 * @param model asks for one of the workspace's models where there is none
 * @param answers asks where they are not given
 */
export async function quantizeModel(
  services: QuantizeServices,
  model: vscode.Uri | undefined,
  answers?: Answers,
): Promise<void> {
  try {
    requireTrust();
    void services.worker.warm();
    const uri = model ?? (await pickModel());
    if (uri === undefined) return;
    const { folder, path } = placeInWorkspace(uri);
    const chosen = answers ?? (await ask(services, uri, folder));
    if (chosen === undefined) return;
    const generated = await generate(services, folder, path, chosen);
    await services.memory.update(REMEMBERED_DIRECTORY, chosen.directory);
    const view = { uri, report: generated.report, files: generated.files };
    services.current.showQuantized(view);
    services.showReport();
    await services.store.save(view);
    void announce(services, generated);
  } catch (thrown) {
    await showFailure(thrown, services.log);
  }
}

function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new BitwrightError(
    "not-available",
    "quantizing writes files and runs only in a trusted workspace",
    "Trust this workspace and try again",
  );
}

/** The model's workspace folder and its path in it. */
function placeInWorkspace(uri: vscode.Uri): { folder: vscode.WorkspaceFolder; path: string } {
  localPath(uri);
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const path = folder === undefined ? undefined : relativeInside(folder.uri.path, uri.path);
  if (folder !== undefined && path !== undefined) return { folder, path };
  throw new BitwrightError(
    "output-outside",
    "the model lies outside the workspace, and files are written inside it only",
    "Open the folder that holds the model",
    { model: posix.basename(uri.path) },
  );
}

async function ask(
  services: QuantizeServices,
  uri: vscode.Uri,
  folder: vscode.WorkspaceFolder,
): Promise<Answers | undefined> {
  const { askForAnswers } = await import("./questions");
  const remembered = services.memory.get<unknown>(REMEMBERED_DIRECTORY);
  const title = vscode.l10n.t("Quantize {0}", shownName(posix.basename(uri.path)));
  return askForAnswers(title, folder, typeof remembered === "string" ? remembered : undefined);
}

async function generate(
  services: QuantizeServices,
  folder: vscode.WorkspaceFolder,
  path: string,
  answers: Answers,
): Promise<Generated> {
  const worker = await services.worker.get();
  const title = notificationText(vscode.l10n.t("Quantizing {0}", shownName(posix.basename(path))));
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
  return vscode.window.withProgress(options, async (progress, token) => {
    const { signal, listening } = abortSignalOf(token);
    let done = 0;
    try {
      return await worker.run(
        "generate",
        { baseDirectory: folder.uri.fsPath, recipe: recipeOf(path, answers) },
        {
          signal,
          progress: (step, share) => {
            progress.report({ message: step, increment: 100 * Math.max(0, share - done) });
            done = Math.max(done, share);
          },
        },
      );
    } finally {
      listening.dispose();
    }
  });
}

async function announce(services: QuantizeServices, generated: Generated): Promise<void> {
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
