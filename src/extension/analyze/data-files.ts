/** Files of samples and labels: found by name in the workspace, or chosen in the system's dialog. */
import { isAbsolute, posix, relative, sep } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";

const MAX_LABEL_FILES = 50;

/** What people and data sets call files of labels. */
const LABEL_FILES = "**/*{label,Label,LABEL,target,class}*{.npy,.npz,.csv,.tsv,.idx,-ubyte}{,.gz}";
const SKIPPED = "**/{node_modules,build,dist,out,target}/**";

/** Paths relative to the folder, those beside the data first, and of these the one whose name is most like theirs. */
export async function labelCandidates(folder: string, data: string): Promise<string[]> {
  const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), LABEL_FILES);
  const files = await vscode.workspace.findFiles(pattern, SKIPPED, MAX_LABEL_FILES);
  const paths = files.map(({ fsPath }) => pathFrom(folder, fsPath)).filter((path) => path !== data);
  return paths.sort((a, b) => likeness(b, data) - likeness(a, data) || (a < b ? -1 : 1));
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

/** Characters that two paths begin with in common; those in one folder share all of it. */
function likeness(a: string, b: string): number {
  const beside = posix.dirname(a) === posix.dirname(b) ? Math.max(a.length, b.length) : 0;
  let common = 0;
  while (common < a.length && a[common] === b[common]) common++;
  return beside + common;
}
