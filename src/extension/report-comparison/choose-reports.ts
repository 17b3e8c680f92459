/** Asks which reports to compare. */
import * as vscode from "vscode";
import { BitwrightError } from "../../protocol/errors";
import type { ReportSource } from "../../protocol/report-comparison-page";
import type { CurrentModel } from "../current-model";
import type { ReportStore } from "../report-store";
import { openReport } from "./open-report";
import { pickReport } from "./pick-report";
import type { ComparedReports } from "./report-comparison-panel";

/**
 * @param after asked for where it is not given
 * @returns undefined where the user left
 * @throws BitwrightError report-missing, report-invalid
 */
export async function chooseReports(store: ReportStore, after?: ReportSource): Promise<ComparedReports | undefined> {
  const later = after ?? (await pickReport(store, vscode.l10n.t("Compare Reports: After")));
  if (later === undefined) return undefined;
  const earlier = await pickReport(store, vscode.l10n.t("Compare Reports: Before"), later);
  if (earlier === undefined) return undefined;
  return { before: await openReport(earlier, store), after: await openReport(later, store) };
}

/** The report that is shown, as one that is kept. @throws BitwrightError not-available, where it cannot be */
export async function shownReport(store: ReportStore, current: CurrentModel): Promise<ReportSource> {
  const { quantized } = current;
  const id = quantized === undefined ? undefined : await store.save(quantized);
  if (id !== undefined) return { kind: "run", id };
  throw new BitwrightError("not-available", "the report cannot be kept here", "Open a folder, and quantize again");
}
