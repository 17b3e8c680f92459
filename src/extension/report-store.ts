/** Keeps the last quantizations of the workspace, so that a reloaded window can show the last and compare it with those before. */
import * as vscode from "vscode";
import type { ModelView } from "./current-model";
import type { KeptReport } from "./kept-report";
import { KeptReportFile } from "./kept-report-file";

const RUNS = "runs";
const MOST_RUNS = 8;
const FILE_NAME = /^(\d{1,9})\.json$/;

export interface KeptRun {
  readonly id: number;
  readonly view: ModelView;
}

export class ReportStore {
  private readonly folder: vscode.Uri | undefined;
  private saving: Promise<unknown> = Promise.resolve();
  private last: { readonly view: ModelView; readonly id: number } | undefined;

  constructor(
    storage: vscode.Uri | undefined,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.folder = storage && vscode.Uri.joinPath(storage, RUNS);
  }

  /** Saves a quantization, once. @returns its number; undefined where nothing can be kept */
  async save(view: ModelView): Promise<number | undefined> {
    const saved = this.saving.then(() => this.saveNow(view));
    this.saving = saved.catch(() => undefined);
    return saved;
  }

  /** The last quantization; undefined where there is none or another version kept it. */
  async load(): Promise<KeptReport | undefined> {
    const id = (await this.ids()).at(-1);
    return id === undefined ? undefined : this.file(id).read();
  }

  /** All that are kept, the last first. */
  async runs(): Promise<KeptRun[]> {
    const ids = (await this.ids()).reverse();
    const views = await Promise.all(ids.map(async (id) => ({ id, view: await this.run(id) })));
    return views.flatMap(({ id, view }) => (view === undefined ? [] : [{ id, view }]));
  }

  async run(id: number): Promise<ModelView | undefined> {
    return (await this.file(id).read())?.view;
  }

  private async saveNow(view: ModelView): Promise<number | undefined> {
    if (this.folder === undefined) return undefined;
    if (this.last?.view === view) return this.last.id;
    const ids = await this.ids();
    const newest = ids.at(-1);
    const isSame = newest !== undefined && (await this.file(newest).holds(view));
    const id = isSame ? newest : (newest ?? 0) + 1;
    // The same again is written again: when it was is what tells it from what recipes wrote in between.
    if (!(await this.file(id).write(view))) return undefined;
    this.last = { view, id };
    await this.removeOldest(ids);
    return id;
  }

  private async removeOldest(ids: readonly number[]): Promise<void> {
    for (const id of ids.slice(0, Math.max(0, ids.length + 1 - MOST_RUNS))) {
      if (this.folder === undefined) return;
      try {
        await vscode.workspace.fs.delete(vscode.Uri.joinPath(this.folder, `${id}.json`));
      } catch (error) {
        this.log.warn(`An old report could not be removed: ${String(error)}`);
      }
    }
  }

  /** Ascending. */
  private async ids(): Promise<number[]> {
    if (this.folder === undefined) return [];
    try {
      const entries = await vscode.workspace.fs.readDirectory(this.folder);
      const numbers = entries.flatMap(([name]) => FILE_NAME.exec(name)?.slice(1).map(Number) ?? []);
      return numbers.sort((a, b) => a - b);
    } catch {
      return [];
    }
  }

  private file(id: number): KeptReportFile {
    return new KeptReportFile(this.folder, `${id}.json`, this.log);
  }
}
