import { posix } from "node:path";
import * as vscode from "vscode";
import type { ExportFormat } from "../protocol/webview";

/**
 * Asks where to save an exported table or picture, and writes it there.
 * @param model the file name that is proposed begins with its name
 * @param subject and ends with this
 */
export async function saveExport(
  model: vscode.Uri,
  subject: "report" | "equalization",
  format: ExportFormat,
  bytes: Uint8Array,
): Promise<void> {
  const stem = posix.basename(model.path, ".onnx");
  const filters: Record<ExportFormat, Record<string, string[]>> = {
    csv: { [vscode.l10n.t("Comma-separated values")]: ["csv"] },
    png: { [vscode.l10n.t("Picture")]: ["png"] },
  };
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(model, "..", `${stem}-${subject}.${format}`),
    filters: filters[format],
    title: format === "csv" ? vscode.l10n.t("Export Layer Table") : vscode.l10n.t("Export Charts"),
  });
  if (target === undefined) return;
  await vscode.workspace.fs.writeFile(target, bytes);
  const open = vscode.l10n.t("Open");
  const answer = await vscode.window.showInformationMessage(vscode.l10n.t("The report was exported"), open);
  if (answer === open) await vscode.commands.executeCommand("vscode.open", target);
}
