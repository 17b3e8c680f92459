/** Puts a file that a recipe names, and that is not there, where the recipe looks for it. */
import { basename, extname } from "node:path";
import * as vscode from "vscode";
import { BitwrightError, shownName } from "../../protocol/errors";
import { requireTrust } from "../workspace-place";

/** Whether the file may be added: files are written into the workspace only. @param path absolute */
export function isInWorkspace(path: string): boolean {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path)) !== undefined;
}

/**
 * Copies a file to where it is missing.
 * @param path absolute, of the missing file
 * @param source what to copy; asks for it where there is none
 * @throws BitwrightError not-available without trust; output-outside; output-failed where it cannot be copied, or there is
 *   a file by now
 */
export async function addMissingFile(path: string, source?: vscode.Uri): Promise<void> {
  requireTrust(vscode.l10n.t("a file is copied into the workspace"));
  const name = shownName(basename(path));
  if (!isInWorkspace(path)) {
    const problem = `"${name}" lies outside the workspace, and files are written inside it only`;
    throw new BitwrightError("output-outside", problem, "Correct the path, or open the folder it lies in");
  }
  const picked = source ?? (await askForFile(path, name));
  if (picked === undefined) return;
  try {
    await vscode.workspace.fs.copy(picked, vscode.Uri.file(path), { overwrite: false });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new BitwrightError(
      "output-failed",
      `"${name}" could not be copied: ${reason}`,
      "Put the file there yourself",
    );
  }
}

async function askForFile(path: string, name: string): Promise<vscode.Uri | undefined> {
  const extension = extname(path).slice(1);
  const filters =
    extension === "" ? {} : { [extension.toUpperCase()]: [extension], [vscode.l10n.t("All files")]: ["*"] };
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path))?.uri;
  const picked = await vscode.window.showOpenDialog({
    ...(folder === undefined ? {} : { defaultUri: folder }),
    canSelectMany: false,
    filters,
    openLabel: vscode.l10n.t("Copy Here"),
    title: vscode.l10n.t("File to copy as {0}", name),
  });
  return picked?.at(0);
}
