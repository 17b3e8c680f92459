/** The setting `bitwright.regenerateOnSave`. */
import * as vscode from "vscode";
import { CONFIGURATION, REGENERATE_ON_SAVE } from "../identifiers";
import { REGENERATE_MODES, type RegenerateMode } from "./recipe-state";

/** What applies to the recipes of a file; nothing runs by itself in an untrusted workspace. */
export function regenerateMode(file: string): RegenerateMode {
  if (!vscode.workspace.isTrusted) return "never";
  const value = vscode.workspace
    .getConfiguration(CONFIGURATION, vscode.Uri.file(file))
    .get<unknown>(REGENERATE_ON_SAVE);
  return REGENERATE_MODES.find((mode) => mode === value) ?? "never";
}

/** Calls back whenever the setting may have changed. */
export function onDidChangeRegenerateMode(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${CONFIGURATION}.${REGENERATE_ON_SAVE}`)) listener();
  });
}
