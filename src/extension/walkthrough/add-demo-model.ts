/** The walkthrough's first step: a small trained network in the person's own folder. */
import * as vscode from "vscode";
import { fileExists } from "../file-exists";
import { MODEL_EDITOR } from "../identifiers";
import { requireTrust } from "../workspace-place";

const SHIPPED = ["media", "models", "mnist-dscnn-bn.onnx"];
const TARGET = ["models", "mnist-dscnn-bn.onnx"];

/**
 * Copies the demo model to `models/` of the workspace folder and opens it; one that is there already is only opened. Without a folder,
 * asks for one and opens that.
 * @throws BitwrightError not-available without trust
 */
export async function addDemoModel(extensionUri: vscode.Uri): Promise<void> {
  requireTrust(vscode.l10n.t("the demo model is written into the workspace"));
  const open = vscode.workspace.workspaceFolders ?? [];
  const folder = open.length > 1 ? await vscode.window.showWorkspaceFolderPick() : open.at(0);
  if (folder !== undefined) {
    const model = await copyInto(folder.uri, extensionUri);
    await vscode.commands.executeCommand("vscode.openWith", model, MODEL_EDITOR);
    return;
  }
  if (open.length > 0) return;
  const chosen = await askForFolder();
  if (chosen === undefined) return;
  await copyInto(chosen, extensionUri);
  await vscode.commands.executeCommand("vscode.openFolder", chosen);
}

async function askForFolder(): Promise<vscode.Uri | undefined> {
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t("Put It Here"),
    title: vscode.l10n.t("Folder for the demo model, and for the C files later"),
  });
  return picked?.at(0);
}

async function copyInto(folder: vscode.Uri, extensionUri: vscode.Uri): Promise<vscode.Uri> {
  const model = vscode.Uri.joinPath(folder, ...TARGET);
  if (!(await fileExists(model))) await vscode.workspace.fs.copy(vscode.Uri.joinPath(extensionUri, ...SHIPPED), model);
  return model;
}
