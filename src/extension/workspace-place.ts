/** Where in the workspace a model lies; files are written there only, and only where the user trusts it. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { BitwrightError } from "../protocol/errors";
import { relativeInside } from "./relative-path";

export interface WorkspacePlace {
  readonly folder: vscode.WorkspaceFolder;
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
}

/**
 * @param reason why trust is needed
 * @throws BitwrightError not-available in an untrusted workspace
 */
export function requireTrust(reason = "quantizing writes files"): void {
  if (vscode.workspace.isTrusted) return;
  throw new BitwrightError(
    "not-available",
    `${reason}, and that needs a trusted workspace`,
    "Trust this workspace and try again",
  );
}

/** @throws BitwrightError output-outside where the model is in no folder of the workspace; as `localPath` */
export function placeInWorkspace(uri: vscode.Uri): WorkspacePlace {
  localPath(uri);
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const path = folder === undefined ? undefined : relativeInside(folder.uri.path, uri.path);
  if (folder !== undefined && path !== undefined) return { folder, path };
  throw new BitwrightError(
    "output-outside",
    "the model lies outside the workspace, and files are written inside it only",
    "Open the folder that holds the model",
    { model: posix.basename(uri.path) },
  );
}

/**
 * The path of a model on the extension host's disk.
 * @throws BitwrightError model-unreadable for files of virtual file systems
 */
export function localPath(uri: vscode.Uri): string {
  if (uri.scheme === "file") return uri.fsPath;
  throw new BitwrightError(
    "model-unreadable",
    `the model lies in the virtual file system "${uri.scheme}", and models are read from disk only`,
    "Save a copy of the file to a local folder and open that",
    { model: posix.basename(uri.path) },
  );
}
