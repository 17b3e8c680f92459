import * as vscode from "vscode";
import { hasOnnxRuntime } from "../runtime/installed-runtime";
import { WITHOUT_RUNTIME } from "./identifiers";

/** What a package without ONNX Runtime does not do, said where models are listed; undefined where there is nothing to say. */
export function missingRuntime(extensionUri: vscode.Uri): string | undefined {
  const isMissing = !hasOnnxRuntime(extensionUri.fsPath, process.platform, process.arch);
  void vscode.commands.executeCommand("setContext", WITHOUT_RUNTIME, isMissing);
  if (!isMissing) return undefined;
  return vscode.l10n.t(
    "This package has no ONNX Runtime for {0}: models are shown and their weights quantized, but nothing is measured on data.",
    `${process.platform}-${process.arch}`,
  );
}
