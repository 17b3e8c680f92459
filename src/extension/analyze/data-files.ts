/** Files of samples and labels: labels found by name beside the samples, or any chosen in the system's dialog. */
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";

/** What people and data sets call files of labels. */
const LABEL_NAME = /label|target|class/i;
const LABEL_FORMAT = /(\.npy|\.npz|\.csv|\.tsv|\.idx|-ubyte)(\.gz)?$/i;

/** Files of labels beside the data, or in them where they are a folder; relative to `folder` as the data are. */
export async function labelCandidates(folder: string, data: string): Promise<string[]> {
  const path = resolve(folder, data);
  const found = await Promise.all([...new Set([dirname(path), path])].map(labelFilesIn));
  return found
    .flat()
    .filter((file) => file !== path)
    .map((file) => pathFrom(folder, file));
}

/** Absolute paths; none where it is no folder. */
async function labelFilesIn(folder: string): Promise<string[]> {
  try {
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder));
    const names = entries.filter(([, type]) => type === vscode.FileType.File).map(([name]) => name);
    return names
      .filter((name) => LABEL_NAME.test(name) && LABEL_FORMAT.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Asks for a file or folder; its path is relative to `folder` where it lies inside. Undefined where none was chosen. */
export async function pickData(title: string, folder: string, ofFolders: boolean): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: !ofFolders,
    canSelectFolders: ofFolders,
    canSelectMany: false,
    defaultUri: vscode.Uri.file(folder),
    openLabel: vscode.l10n.t("Use"),
    title,
  });
  const chosen = picked?.at(0);
  return chosen === undefined ? undefined : pathFrom(folder, chosen.fsPath);
}

/** A path for people: bounded, its control characters escaped. */
export function shownPath(path: string): string {
  return shownName(path);
}

function pathFrom(folder: string, path: string): string {
  const inside = relative(folder, path);
  if (isAbsolute(inside) || inside === ".." || inside.startsWith(`..${sep}`)) return path;
  return inside === "" ? "." : inside.split(sep).join("/");
}
