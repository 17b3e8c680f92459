/** Keeps the training run of the workspace on disk, so that a window opened again can show it and go on with it. */
import { join } from "node:path";
import * as vscode from "vscode";
import type { TrainingHistory } from "../../protocol/training-page";
import { fileExists } from "../file-exists";
import type { Plan } from "./plan";

const RECORD = "run.json";
const CHECKPOINT = "run.checkpoint";

export interface StoredRun {
  readonly plan: Plan;
  readonly history: TrainingHistory;
}

export class TrainingStore {
  private writing: Promise<void> = Promise.resolve();

  /** @param folder of the workspace's storage; undefined without a workspace, where nothing is kept */
  constructor(
    private readonly folder: vscode.Uri | undefined,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Absolute path of the file that checkpoints replace. */
  get checkpoint(): string | undefined {
    return this.folder && join(this.folder.fsPath, CHECKPOINT);
  }

  /** Keeps a run in place of the one before; a failure is logged only. */
  save(run: StoredRun): Promise<void> {
    const text = JSON.stringify({ plan: run.plan, history: run.history });
    return this.afterOthers(async (folder) => {
      await vscode.workspace.fs.createDirectory(folder);
      await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, RECORD), new TextEncoder().encode(text));
    });
  }

  /** Makes room for a run from the start: what was kept of another is gone. */
  clear(): Promise<void> {
    return this.afterOthers(async (folder) => {
      await vscode.workspace.fs.createDirectory(folder);
      for (const name of [RECORD, CHECKPOINT]) {
        await vscode.workspace.fs.delete(vscode.Uri.joinPath(folder, name)).then(undefined, () => undefined);
      }
    });
  }

  async hasCheckpoint(): Promise<boolean> {
    return this.folder !== undefined && (await fileExists(vscode.Uri.joinPath(this.folder, CHECKPOINT)));
  }

  /** A run that did not come to its end and left a checkpoint; undefined where there is none. */
  async load(): Promise<StoredRun | undefined> {
    if (this.folder === undefined || !(await this.hasCheckpoint())) return undefined;
    try {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.folder, RECORD));
      const { parseStoredRun } = await import("./stored-run");
      return parseStoredRun(new TextDecoder().decode(bytes));
    } catch {
      return undefined;
    }
  }

  /** One write after the other, so that the last one stays. */
  private afterOthers(write: (folder: vscode.Uri) => Promise<void>): Promise<void> {
    const { folder } = this;
    if (folder === undefined) return Promise.resolve();
    this.writing = this.writing
      .then(() => write(folder))
      .catch((error: unknown) => {
        this.log.warn(`The training run could not be kept: ${String(error)}`);
      });
    return this.writing;
  }
}
