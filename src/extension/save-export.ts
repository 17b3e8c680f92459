import { posix } from "node:path";
import * as vscode from "vscode";
import type { ExportFormat } from "../protocol/webview";
import type { ModelView } from "./current-model";

/** Asks where to save an exported table or picture of a report, and writes it there. */
export async function saveExport(view: ModelView, format: ExportFormat, bytes: Uint8Array): Promise<void> {
  const stem = posix.basename(view.uri.path, ".onnx");
  const filters: Record<ExportFormat, Record<string, string[]>> = {
    csv: { [vscode.l10n.t("Comma-separated values")]: ["csv"] },
    png: { [vscode.l10n.t("Picture")]: ["png"] },
  };
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(view.uri, "..", `${stem}-report.${format}`),
    filters: filters[format],
    title: format === "csv" ? vscode.l10n.t("Export Layer Table") : vscode.l10n.t("Export Charts"),
  });
  if (target === undefined) return;
  await vscode.workspace.fs.writeFile(target, bytes);
  const open = vscode.l10n.t("Open");
  const answer = await vscode.window.showInformationMessage(vscode.l10n.t("The report was exported"), open);
  if (answer === open) await vscode.commands.executeCommand("vscode.open", target);
}
