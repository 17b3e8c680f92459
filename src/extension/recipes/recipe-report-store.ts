/** Keeps the reports of the recipes' last runs with the workspace, so that a reloaded window knows their layers. */
import { createHash } from "node:crypto";
import * as vscode from "vscode";
import type { ModelView } from "../current-model";
import { KeptFile } from "../kept-file";
import type { RecipeTarget } from "../regenerate/recipe-target";
import type { StoredReport } from "../stored-report";

const FOLDER = "recipes";

export class RecipeReportStore {
  private readonly folder: vscode.Uri | undefined;

  constructor(
    storage: vscode.Uri | undefined,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.folder = storage && vscode.Uri.joinPath(storage, FOLDER);
  }

  /** @param known recipes there are now: reports of others are deleted */
  async save(target: RecipeTarget, { uri, files, report }: ModelView, known: readonly RecipeTarget[]): Promise<void> {
    await this.file(target).write({ model: uri.toString(), files: [...files], report });
    await this.deleteAllBut([target, ...known].map(fileName));
  }

  /** Undefined where there is none or another version kept it. */
  async load(target: RecipeTarget): Promise<ModelView | undefined> {
    const stored = await this.file(target).read();
    return stored && { uri: vscode.Uri.parse(stored.model), report: stored.report, files: stored.files };
  }

  private async deleteAllBut(names: readonly string[]): Promise<void> {
    if (this.folder === undefined) return;
    try {
      for (const [name] of await vscode.workspace.fs.readDirectory(this.folder)) {
        if (!names.includes(name)) await vscode.workspace.fs.delete(vscode.Uri.joinPath(this.folder, name));
      }
    } catch (error) {
      this.log.warn(`Old reports of recipes could not be deleted: ${String(error)}`);
    }
  }

  private file(target: RecipeTarget): KeptFile<StoredReport> {
    const loadSchema = async () => (await import("../stored-report")).storedReportSchema;
    return new KeptFile(this.folder, fileName(target), this.log, loadSchema);
  }
}

function fileName({ id }: RecipeTarget): string {
  return `${createHash("sha256").update(id).digest("hex")}.json`;
}
