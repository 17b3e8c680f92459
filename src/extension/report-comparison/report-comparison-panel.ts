/** The panel that shows two reports side by side: before and after. */
import * as vscode from "vscode";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { FromReportComparisonPage, ToReportComparisonPage } from "../../protocol/report-comparison-page";
import { REPORT_COMPARISON_PANEL } from "../identifiers";
import { reportComparisonPageMessages } from "../page-messages";
import { PagePanel, type PagePanelServices } from "../page-panel";
import type { ReportStore } from "../report-store";
import { openReport, type OpenedReport } from "./open-report";

export interface ComparedReports {
  readonly before: OpenedReport;
  readonly after: OpenedReport;
}

export interface ReportComparisonServices extends PagePanelServices {
  readonly store: ReportStore;
  /** Asks for two reports, and compares them. */
  choose(): void;
  /** Asks for a format, and exports. */
  export(compared: ComparedReports): void;
}

export class ReportComparisonPanel extends PagePanel<FromReportComparisonPage, ToReportComparisonPage> {
  private shown: ComparedReports | undefined;
  /** Why there is nothing to show. */
  private problem: string | undefined;

  constructor(private readonly services: ReportComparisonServices) {
    const loadSchema = reportComparisonPageMessages;
    super({ viewType: REPORT_COMPARISON_PANEL, page: "report-comparison-page", loadSchema }, services);
  }

  /** What is compared, where the panel has the focus. */
  get active(): ComparedReports | undefined {
    return this.isActive ? this.shown : undefined;
  }

  /** Shows a comparison, in place of the one shown before. */
  show(compared: ComparedReports): void {
    this.shown = compared;
    this.problem = undefined;
    this.reveal();
    void this.send();
  }

  protected override get title(): string {
    if (this.shown === undefined) return this.documentTitle;
    return vscode.l10n.t("Before and After: {0}", shownName(this.shown.after.report.model.name));
  }

  protected override get documentTitle(): string {
    return vscode.l10n.t("Report Comparison");
  }

  protected override async restore(state: unknown): Promise<void> {
    const { savedComparisonSchema } = await import("../../protocol/report-comparison-page");
    const saved = savedComparisonSchema.safeParse(state).data;
    if (this.shown !== undefined) return;
    if (saved === undefined) {
      this.problem = vscode.l10n.t("Nothing is compared yet.");
      await this.send();
      return;
    }
    const { before, after } = saved.sources;
    const { store } = this.services;
    try {
      this.shown = { before: await openReport(before, store), after: await openReport(after, store) };
    } catch (thrown) {
      this.problem = BitwrightError.from(thrown).message;
    }
    await this.send();
  }

  protected override receive(message: FromReportComparisonPage): void {
    switch (message.kind) {
      case "ready":
        void this.send();
        return;
      case "swap":
        if (this.shown !== undefined) this.show({ before: this.shown.after, after: this.shown.before });
        return;
      case "choose":
        this.services.choose();
        return;
      case "export":
        if (this.shown !== undefined) this.services.export(this.shown);
        return;
    }
  }

  private async send(): Promise<void> {
    const { shown, problem } = this;
    if (shown === undefined) {
      if (problem !== undefined) this.post({ kind: "empty", message: problem });
      return;
    }
    const { compareReports } = await import("../../engine/report/compare-reports");
    const { before, after } = shown;
    this.post({
      kind: "difference",
      difference: compareReports(before.report, after.report),
      sources: { before: before.source, after: after.source },
      names: { before: before.name, after: after.name },
    });
  }
}
