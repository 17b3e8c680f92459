/** Which report: one of the workspace's last quantizations, a report file of the workspace, or any file. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { schemeOf } from "../../engine/report/compare-reports";
import { shownName } from "../../protocol/errors";
import { bytesText, decibelText } from "../../protocol/format";
import type { Report } from "../../protocol/report";
import type { ReportSource } from "../../protocol/report-comparison-page";
import { localNumber } from "../numbers";
import type { KeptRun, ReportStore } from "../report-store";

/** As the command line and the output `report` name them, and people besides. */
const REPORT_FILES = "**/*report*.json";
const MAX_FILES = 200;

interface ReportItem extends vscode.QuickPickItem {
  /** Undefined to choose in the system's dialog. */
  readonly source?: ReportSource;
}

/** @param except the report that it is to be compared with; undefined where the user left */
export async function pickReport(
  store: ReportStore,
  title: string,
  except?: ReportSource,
): Promise<ReportSource | undefined> {
  const [runs, files] = await Promise.all([
    store.runs(),
    vscode.workspace.findFiles(REPORT_FILES, "**/node_modules/**", MAX_FILES),
  ]);
  const items = [
    ...group(vscode.l10n.t("last quantizations"), runs.map(runItem)),
    ...group(vscode.l10n.t("report files"), files.map(fileItem)),
  ].filter(({ source }) => source === undefined || JSON.stringify(source) !== JSON.stringify(except));
  const browse: ReportItem = { label: vscode.l10n.t("Browse…"), iconPath: new vscode.ThemeIcon("folder-opened") };
  const separator = { label: "", kind: vscode.QuickPickItemKind.Separator };
  const picked = await vscode.window.showQuickPick<ReportItem>([...items, separator, browse], {
    title,
    placeHolder: vscode.l10n.t("Report"),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === browse) return browseForReport(title);
  return picked?.source;
}

function group(label: string, items: readonly ReportItem[]): ReportItem[] {
  return items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
}

function runItem({ id, view }: KeptRun): ReportItem {
  const { report } = view;
  return {
    label: vscode.l10n.t("{0}: {1}", shownName(report.model.name), schemeOf(report)),
    description: vscode.l10n.t("Quantization {0}", id),
    detail: figuresOf(report),
    iconPath: new vscode.ThemeIcon("history"),
    source: { kind: "run", id },
  };
}

function figuresOf({ totals, model }: Report): string {
  const sqnr = totals.exact ? vscode.l10n.t("exact") : localNumber(decibelText(totals.sqnrDb));
  const figures = vscode.l10n.t("{0} of flash, SQNR {1}", localNumber(bytesText(totals.bytes)), sqnr);
  if (model.evaluationSamples === 0) return figures;
  return vscode.l10n.t("{0}; noise measured on {1} samples", figures, model.evaluationSamples);
}

function fileItem(uri: vscode.Uri): ReportItem {
  return {
    label: shownName(posix.basename(uri.path)),
    description: shownName(posix.dirname(vscode.workspace.asRelativePath(uri)).replace(/^\.$/, "")),
    iconPath: new vscode.ThemeIcon("json"),
    source: { kind: "file", uri: uri.toString() },
  };
}

async function browseForReport(title: string): Promise<ReportSource | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title,
    canSelectMany: false,
    filters: { [vscode.l10n.t("Reports")]: ["json"] },
    openLabel: vscode.l10n.t("Use"),
  });
  const uri = picked?.at(0);
  return uri && { kind: "file", uri: uri.toString() };
}
