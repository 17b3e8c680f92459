/** What can be done about a recipe file: models and data that are missing, and the recipe of the last quantization. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { ModelView } from "../current-model";
import type { CommandId } from "../identifiers";
import { findModels } from "../workspace-models";
import { isInWorkspace } from "./add-missing-file";

const ADD_FILE: CommandId = "bitwright.addMissingFile";
const CREATE: CommandId = "bitwright.createRecipe";

/** Models that are offered in place of a missing one. */
const MAX_MODELS = 5;

export class RecipeCodeActions implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix, vscode.CodeActionKind.Refactor];

  /** @param quantized the last quantization */
  constructor(private readonly quantized: () => ModelView | undefined) {}

  async provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const actions: vscode.CodeAction[] = [];
    for (const diagnostic of diagnostics) {
      if (!("missingFile" in diagnostic) || typeof diagnostic.missingFile !== "string") continue;
      if (diagnostic.code === "model-missing") actions.push(...(await otherModels(document, diagnostic)));
      if (isInWorkspace(diagnostic.missingFile)) actions.push(addFile(diagnostic, diagnostic.missingFile));
    }
    return [...actions, ...this.createRecipe()];
  }

  private createRecipe(): vscode.CodeAction[] {
    const view = this.quantized();
    if (view === undefined || view.report.recipe === null || !vscode.workspace.isTrusted) return [];
    const name = shownName(posix.basename(view.uri.path));
    const title = vscode.l10n.t("Add recipe for {0} as last quantized", name);
    const action = new vscode.CodeAction(title, vscode.CodeActionKind.Refactor);
    action.command = { command: CREATE, title };
    return [action];
  }
}

/** Models of the workspace folder, by their paths from the recipe file. */
async function otherModels(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): Promise<vscode.CodeAction[]> {
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  if (folder === undefined) return [];
  const pattern = new vscode.RelativePattern(folder, "**/*.onnx");
  const models = await findModels(pattern, MAX_MODELS);
  const paths = models.map((uri) => posix.relative(posix.dirname(document.uri.path), uri.path)).sort();
  return paths.map((path) => {
    const action = new vscode.CodeAction(vscode.l10n.t("Use {0}", shownName(path)), vscode.CodeActionKind.QuickFix);
    action.diagnostics = [diagnostic];
    action.edit = new vscode.WorkspaceEdit();
    action.edit.replace(document.uri, diagnostic.range, JSON.stringify(path));
    action.isPreferred = paths.length === 1;
    return action;
  });
}

function addFile(diagnostic: vscode.Diagnostic, path: string): vscode.CodeAction {
  const name = shownName(posix.basename(path));
  const folder = posix.dirname(vscode.workspace.asRelativePath(path, true));
  const title = vscode.l10n.t("Copy a file to {0} as {1}…", shownName(folder), name);
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.command = { command: ADD_FILE, title, arguments: [path] };
  return action;
}
