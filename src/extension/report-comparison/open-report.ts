/** Opens a report wherever it is kept. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { Report } from "../../protocol/report";
import type { ReportSource } from "../../protocol/report-comparison-page";
import type { ReportStore } from "../report-store";

export interface OpenedReport {
  readonly source: ReportSource;
  readonly report: Report;
  /** For people. */
  readonly name: string;
  /** Where its model or its file is. */
  readonly folder: vscode.Uri;
}

/** @throws BitwrightError report-missing, report-invalid */
export async function openReport(source: ReportSource, store: ReportStore): Promise<OpenedReport> {
  return source.kind === "run" ? openRun(source, store) : openFile(source);
}

async function openRun(source: ReportSource & { kind: "run" }, store: ReportStore): Promise<OpenedReport> {
  const view = await store.run(source.id);
  if (view === undefined)
    throw new BitwrightError("report-missing", "the quantization is not kept any more", "Choose another report");
  const name = vscode.l10n.t("Quantization {0}", source.id);
  return { source, report: view.report, name, folder: vscode.Uri.joinPath(view.uri, "..") };
}

async function openFile(source: ReportSource & { kind: "file" }): Promise<OpenedReport> {
  const { MAX_REPORT_BYTES, readReport } = await import("../../engine/report/read-report");
  const uri = vscode.Uri.parse(source.uri);
  const field = posix.basename(uri.path);
  const { size } = await statOf(uri, field);
  if (size > MAX_REPORT_BYTES) {
    const problem = `it is larger than ${MAX_REPORT_BYTES} bytes`;
    throw new BitwrightError("report-invalid", problem, "A report holds figures alone", { field });
  }
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  try {
    const name = shownName(vscode.workspace.asRelativePath(uri));
    return { source, report: readReport(text), name, folder: vscode.Uri.joinPath(uri, "..") };
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ field });
  }
}

async function statOf(uri: vscode.Uri, field: string): Promise<vscode.FileStat> {
  try {
    return await vscode.workspace.fs.stat(uri);
  } catch {
    throw new BitwrightError("report-missing", "there is no such file", "Choose another report", { field });
  }
}
