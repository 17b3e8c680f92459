/** Tasks that run the recipes of a file with the command line: what a build of the firmware can depend on. */
import { posix } from "node:path";
import * as vscode from "vscode";
import type { RecipeFiles } from "../recipes/recipe-files";
import { PROBLEM_MATCHER, TASK_TYPE } from "../identifiers";

/** A task of type `bitwright` in tasks.json. */
interface Definition extends vscode.TaskDefinition {
  /** Recipe file, or the folder of a bitwright.json, relative to the workspace folder. */
  readonly recipes?: string;
  /** Write nothing; fail where an output is stale. */
  readonly check?: boolean;
}

export class RecipeTasks implements vscode.TaskProvider {
  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly files: RecipeFiles,
  ) {}

  /** One task that writes and one that checks for every recipe file. */
  async provideTasks(): Promise<vscode.Task[]> {
    const sorted = (await this.files.find()).sort((a, b) => (a.path < b.path ? -1 : 1));
    return sorted.flatMap((uri) => {
      const folder = vscode.workspace.getWorkspaceFolder(uri);
      if (folder === undefined) return [];
      const recipes = posix.dirname(posix.relative(folder.uri.path, uri.path));
      return [false, true].map((check) => {
        const definition: Definition = { type: TASK_TYPE, recipes, ...(check ? { check } : {}) };
        return this.task(definition, folder, recipes, check);
      });
    });
  }

  resolveTask({ definition, scope }: vscode.Task): vscode.Task | undefined {
    const isFolder = typeof scope === "object" && "uri" in scope;
    const folder = isFolder ? scope : vscode.workspace.workspaceFolders?.at(0);
    const { recipes = ".", check = false }: Partial<Record<keyof Definition, unknown>> = definition;
    if (folder === undefined || typeof recipes !== "string" || typeof check !== "boolean") return undefined;
    return this.task(definition, folder, recipes, check);
  }

  private task(
    definition: vscode.TaskDefinition,
    folder: vscode.WorkspaceFolder,
    recipes: string,
    check: boolean,
  ): vscode.Task {
    const cli = vscode.Uri.joinPath(this.extensionUri, "dist", "cli.js").fsPath;
    const args = [cli, "generate", recipes, ...(check ? ["--check"] : [])];
    // The extension host's own program is Node, or Electron, which is Node where this variable says so.
    const options = { cwd: folder.uri.fsPath, env: { ELECTRON_RUN_AS_NODE: "1" } };
    const name = check ? `check ${recipes}` : `generate ${recipes}`;
    const execution = new vscode.ProcessExecution(process.execPath, args, options);
    const task = new vscode.Task(definition, folder, name, "Bitwright", execution, [PROBLEM_MATCHER]);
    task.group = vscode.TaskGroup.Build;
    task.detail = check
      ? vscode.l10n.t("Fails where a generated file is stale")
      : vscode.l10n.t("Writes the C files of all recipes");
    return task;
  }
}
