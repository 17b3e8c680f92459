/** Keeps the reports of the recipes' last runs with the workspace, so that a reloaded window knows their layers. */
import { createHash } from "node:crypto";
import * as vscode from "vscode";
import type { ModelView } from "../current-model";
import type { KeptReport } from "../kept-report";
import { KeptReportFile } from "../kept-report-file";
import type { RecipeTarget } from "../regenerate/recipe-target";

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
  async save(target: RecipeTarget, view: ModelView, known: readonly RecipeTarget[]): Promise<void> {
    await this.file(target).write(view);
    await this.deleteAllBut([target, ...known].map(fileName));
  }

  /** Undefined where there is none or another version kept it. */
  load(target: RecipeTarget): Promise<KeptReport | undefined> {
    return this.file(target).read();
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

  private file(target: RecipeTarget): KeptReportFile {
    return new KeptReportFile(this.folder, fileName(target), this.log);
  }
}

function fileName({ id }: RecipeTarget): string {
  return `${createHash("sha256").update(id).digest("hex")}.json`;
}
