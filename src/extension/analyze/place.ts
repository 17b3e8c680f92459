/** Where paths of calibration data start. */
import { dirname, posix } from "node:path";
import * as vscode from "vscode";
import { relativeInside } from "../relative-path";
import { localPath } from "../workspace-place";

/** The folder that paths of data are relative to, and the model from there; models outside the workspace have their own. */
export interface DataPlace {
  readonly folder: string;
  readonly model: string;
}

/** @throws BitwrightError as `localPath` */
export function dataPlaceOf(uri: vscode.Uri): DataPlace {
  const path = localPath(uri);
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const inside = folder === undefined ? undefined : relativeInside(folder.uri.path, uri.path);
  return folder === undefined || inside === undefined
    ? { folder: dirname(path), model: posix.basename(uri.path) }
    : { folder: folder.uri.fsPath, model: inside };
}
