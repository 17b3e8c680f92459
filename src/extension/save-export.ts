/** Exports: documents, tables and pictures that are written where the user says. */
import { posix } from "node:path";
import * as vscode from "vscode";
import type { DocumentFormat } from "../engine/report/document-text";
import type { Report } from "../protocol/report";
import type { ExportFormat } from "../protocol/webview";

type AnyFormat = ExportFormat | DocumentFormat;

const EXTENSIONS: Readonly<Record<AnyFormat, string>> = { csv: "csv", png: "png", html: "html", markdown: "md" };

/**
 * Asks for a format; undefined where the user left.
 * @param formats that there are
 */
export async function pickFormat<Format extends AnyFormat>(formats: readonly Format[]): Promise<Format | undefined> {
  const words: Readonly<Record<AnyFormat, { label: string; detail: string; icon: string }>> = {
    html: { label: "HTML", detail: vscode.l10n.t("One file with charts and tables, without scripts"), icon: "globe" },
    markdown: { label: "Markdown", detail: vscode.l10n.t("Tables for a pull request"), icon: "markdown" },
    csv: { label: "CSV", detail: vscode.l10n.t("All figures of all layers, for a spreadsheet"), icon: "table" },
    png: { label: "PNG", detail: vscode.l10n.t("The charts as they are shown"), icon: "file-media" },
  };
  const items = formats.map((format) => {
    const { label, detail, icon } = words[format];
    return { label, detail, iconPath: new vscode.ThemeIcon(icon), format };
  });
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Export Report") });
  return picked?.format;
}

/** @param before makes it a comparison with an earlier report */
export async function saveDocument(
  folder: vscode.Uri,
  report: Report,
  format: DocumentFormat,
  before?: Report,
): Promise<void> {
  const { documentText } = await import("../engine/report/document-text");
  const bytes = new TextEncoder().encode(documentText(report, format, before));
  const model = vscode.Uri.joinPath(folder, posix.basename(report.model.name));
  await saveExport(model, before === undefined ? "report" : "comparison", format, bytes);
}

/**
 * Asks where to save an export, and writes it there.
 * @param model the file name that is proposed begins with its name
 * @param subject and ends with this
 */
export async function saveExport(
  model: vscode.Uri,
  subject: "report" | "equalization" | "comparison",
  format: AnyFormat,
  bytes: Uint8Array,
): Promise<void> {
  const stem = posix.basename(model.path, ".onnx");
  const extension = EXTENSIONS[format];
  const kinds: Readonly<Record<AnyFormat, { filter: string; title: string }>> = {
    csv: { filter: vscode.l10n.t("Comma-separated values"), title: vscode.l10n.t("Export Layer Table") },
    png: { filter: vscode.l10n.t("Picture"), title: vscode.l10n.t("Export Charts") },
    html: { filter: "HTML", title: vscode.l10n.t("Export Report") },
    markdown: { filter: "Markdown", title: vscode.l10n.t("Export Report") },
  };
  const { filter, title } = kinds[format];
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(model, "..", `${stem}-${subject}.${extension}`),
    filters: { [filter]: [extension] },
    title,
  });
  if (target === undefined) return;
  await vscode.workspace.fs.writeFile(target, bytes);
  const open = vscode.l10n.t("Open");
  const answer = await vscode.window.showInformationMessage(vscode.l10n.t("The report was exported"), open);
  if (answer === open) await vscode.commands.executeCommand("vscode.open", target);
}
