import { posix } from "node:path";
import * as vscode from "vscode";
import { findModels } from "./workspace-models";

/**
 * Lets the user choose one of the workspace's models; undefined where there is none, which is said, or none was chosen.
 * @param title what the model is wanted for
 */
export async function pickModel(title: string): Promise<vscode.Uri | undefined> {
  const models = await findModels();
  if (models.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("There is no ONNX model in this workspace. Add a file that ends in .onnx and try again."),
    );
    return undefined;
  }
  const items = models.map((uri) => ({
    label: posix.basename(uri.path),
    description: posix.dirname(vscode.workspace.asRelativePath(uri)).replace(/^\.$/, ""),
    iconPath: vscode.ThemeIcon.File,
    resourceUri: uri,
    uri,
  }));
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t("Model") });
  return picked?.uri;
}
