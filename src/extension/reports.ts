/** The reports of quantizations: shown, compared, exported, and the C files that belong to the last one. */
import * as vscode from "vscode";
import { BitwrightError } from "../protocol/errors";
import type { ExportFormat } from "../protocol/webview";
import type { ModelView } from "./current-model";
import { Disposable } from "./disposable";
import { guard } from "./failures";
import { chooseReports, shownReport } from "./report-comparison/choose-reports";
import { ReportComparisonPanel, type ComparedReports } from "./report-comparison/report-comparison-panel";
import { ReportPanel, type ReportPanelServices } from "./report-panel/report-panel";
import type { ReportStore } from "./report-store";
import { pickFormat, saveDocument, saveExport } from "./save-export";

/** What its panels do here, nobody else needs to give them. */
export interface ReportsServices extends Omit<ReportPanelServices, "openFile" | "compareReports" | "export" | "save"> {
  readonly store: ReportStore;
}

export class Reports extends Disposable {
  private readonly panel: ReportPanel;
  private readonly comparison: ReportComparisonPanel;

  constructor(private readonly services: ReportsServices) {
    super();
    const { extensionUri, log, store } = services;
    this.panel = this.own(
      new ReportPanel({
        ...services,
        openFile: (path) => void guard(open(path), log),
        compareReports: () => void guard(this.compare(), log),
        export: () => void guard(this.export(), log),
        save: (format, bytes) => void guard(this.save(format, bytes), log),
      }),
    );
    this.comparison = this.own(
      new ReportComparisonPanel({
        extensionUri,
        log,
        store,
        choose: () => void guard(this.compareAny(), log),
        export: (compared) => void guard(exportComparison(compared), log),
      }),
    );
  }

  /** The model whose report has the focus. */
  get activeModel(): vscode.Uri | undefined {
    return this.panel.activeModel;
  }

  /** Shows the last quantization that this window knows. */
  show(preserveFocus = false): void {
    this.panel.show(preserveFocus);
  }

  /** Shows the last quantization, of an earlier session too. @throws BitwrightError not-available where there is none */
  async open(): Promise<void> {
    await this.last();
    this.panel.show();
  }

  /** Opens the generated header. @throws BitwrightError not-available where there is none */
  async openWeights(): Promise<void> {
    const { files } = await this.last();
    const header = files.find((file) => file.endsWith(".h"));
    if (header === undefined) throw nothingQuantized();
    await open(header);
  }

  /** Compares the report that has the focus with another, else any two. @throws BitwrightError as `chooseReports` */
  async compare(): Promise<void> {
    if (this.panel.activeModel === undefined) return this.compareAny();
    const { store, current } = this.services;
    const compared = await chooseReports(store, await shownReport(store, current));
    if (compared !== undefined) this.comparison.show(compared);
  }

  /** Exports the comparison that has the focus, else the last report. @throws BitwrightError not-available without one */
  async export(): Promise<void> {
    const { active } = this.comparison;
    if (active !== undefined) return exportComparison(active);
    const { uri, report } = await this.last();
    const format = await pickFormat(["html", "markdown", "csv", "png"]);
    if (format === undefined) return;
    if (format === "csv" || format === "png") this.panel.export(format);
    else await saveDocument(vscode.Uri.joinPath(uri, ".."), report, format);
  }

  /** What is shown is among those to choose from. */
  private async compareAny(): Promise<void> {
    const { store, current } = this.services;
    if (current.quantized !== undefined) await store.save(current.quantized);
    const compared = await chooseReports(store);
    if (compared !== undefined) this.comparison.show(compared);
  }

  private async last(): Promise<ModelView> {
    const { current } = this.services;
    const view = current.quantized ?? (await this.services.lastQuantization());
    if (view === undefined) throw nothingQuantized();
    current.showQuantized(view);
    return view;
  }

  private async save(format: ExportFormat, bytes: Uint8Array): Promise<void> {
    const { quantized } = this.services.current;
    if (quantized !== undefined) await saveExport(quantized.uri, "report", format, bytes);
  }
}

async function exportComparison({ before, after }: ComparedReports): Promise<void> {
  const format = await pickFormat(["html", "markdown"]);
  if (format !== undefined) await saveDocument(after.folder, after.report, format, before.report);
}

async function open(path: string): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.file(path), { preview: true });
}

function nothingQuantized(): BitwrightError {
  return new BitwrightError(
    "not-available",
    "no model was quantized in this workspace yet",
    "Run Bitwright: Quantize Model… first",
  );
}
