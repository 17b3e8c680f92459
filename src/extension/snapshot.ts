import * as vscode from "vscode";
import type { Report } from "../protocol/report";
import type { ReportSnapshot } from "../protocol/webview";
import { gradeOf } from "./grade";
import { lowSqnrDb } from "./settings";

/** All that a page needs to show a report, under the settings and trust of this moment. */
export function snapshotOf(report: Report, selectedLayer: number | null): ReportSnapshot {
  const threshold = lowSqnrDb(report);
  return {
    kind: "report",
    report,
    selectedLayer,
    lowSqnrDb: threshold,
    grades: report.layers.map((layer) => gradeOf(layer, threshold)),
    canQuantize: vscode.workspace.isTrusted,
  };
}
