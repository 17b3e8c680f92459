/** The panel that shows what a quantization costs, layer by layer. */
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { ExportFormat, FromReportPage, ToReportPage } from "../../protocol/webview";
import type { CurrentModel, ModelView } from "../current-model";
import { REPORT_PANEL } from "../identifiers";
import type { LazyWorker } from "../lazy-worker";
import { reportPageMessages } from "../page-messages";
import { PagePanel, type PagePanelServices } from "../page-panel";
import { usualRule, type LayerRule } from "../quantize/layer-rule";
import { onDidChangeLowSqnrDb } from "../settings";
import { snapshotOf } from "../snapshot";
import { Diagnoser } from "./diagnoser";
import { Trials } from "./trials";

export interface ReportPanelServices extends PagePanelServices {
  readonly current: CurrentModel;
  readonly worker: LazyWorker;
  /** The last quantization of earlier sessions. */
  lastQuantization(): Promise<ModelView | undefined>;
  /** Quantizes the report's model again, or asks for one. */
  quantize(model: vscode.Uri | undefined): void;
  /** Measures noise of the report's model on data. */
  analyze(model: vscode.Uri | undefined): void;
  /** Quantizes again with another rule for one layer. */
  quantizeWithRule(view: ModelView, layer: number, rule: LayerRule): void;
  /** Quantizes again with other fields of the recipe. */
  quantizeWithSettings(view: ModelView, settings: object): void;
  openFile(path: string): void;
  /** Compares the report with an earlier one. */
  compareReports(): void;
  /** Asks for a format, and exports. */
  export(): void;
  save(format: ExportFormat, bytes: Uint8Array): void;
}

export class ReportPanel extends PagePanel<FromReportPage, ToReportPage> {
  private readonly diagnoser: Diagnoser;
  private readonly trials: Trials;
  private ready = false;
  /** What is shown is still looked for: nothing is no answer yet. */
  private isRestoring = false;
  private wantedExport: ExportFormat | undefined;

  constructor(private readonly services: ReportPanelServices) {
    super({ viewType: REPORT_PANEL, page: "report-page", loadSchema: reportPageMessages }, services);
    this.diagnoser = this.own(
      new Diagnoser(services.worker, services.log, (layer, state) => {
        this.post({ kind: "diagnosis", layer, state });
      }),
    );
    this.trials = this.own(
      new Trials(services.worker, (view) => {
        if (view === services.current.quantized) this.sendTrial(view);
      }),
    );
    const send = (): void => {
      this.send();
    };
    this.own(services.current.onDidChange(send));
    this.own(onDidChangeLowSqnrDb(send));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(send));
    this.own(
      services.current.onDidSelectLayer((layer) => {
        if (this.isCurrent) this.post({ kind: "select", layer });
      }),
    );
  }

  /** The model whose report has the focus. */
  get activeModel(): vscode.Uri | undefined {
    return this.isActive ? this.services.current.quantized?.uri : undefined;
  }

  /** Shows the panel, opening it where it is not open. */
  show(preserveFocus = false): void {
    this.reveal(preserveFocus);
  }

  /** Opens the panel and has the page hand over an export, which `save` then gets. */
  export(format: ExportFormat): void {
    this.show();
    this.wantedExport = format;
    this.sendWantedExport();
  }

  protected override get title(): string {
    const { quantized } = this.services.current;
    if (quantized === undefined) return this.documentTitle;
    return vscode.l10n.t("Report: {0}", shownName(quantized.report.model.name));
  }

  protected override get documentTitle(): string {
    return vscode.l10n.t("Quantization Report");
  }

  /** Shows the last report; what the page saved is its own to read. */
  protected override async restore(): Promise<void> {
    if (this.hasReport()) return;
    this.isRestoring = true;
    const view = await this.services.lastQuantization().finally(() => {
      this.isRestoring = false;
    });
    if (this.hasReport()) return;
    if (view === undefined) this.send();
    else this.services.current.showQuantized(view);
  }

  protected override becomeActive(): void {
    const { quantized } = this.services.current;
    if (quantized !== undefined) this.services.current.showQuantized(quantized);
  }

  protected override becomeHidden(): void {
    this.ready = false;
    this.diagnoser.cancel();
  }

  protected override becomeClosed(): void {
    this.trials.cancel();
  }

  /** The side panel lists the layers of this report. */
  private get isCurrent(): boolean {
    const { view, quantized } = this.services.current;
    return quantized !== undefined && view === quantized;
  }

  private hasReport(): boolean {
    return this.services.current.quantized !== undefined;
  }

  private useRule(layer: number, rule: LayerRule): void {
    const { quantized } = this.services.current;
    if (quantized !== undefined) this.services.quantizeWithRule(quantized, layer, rule);
  }

  private send(): void {
    const { current } = this.services;
    const selectedLayer = this.isCurrent ? current.selectedLayer : null;
    if (current.quantized === undefined) {
      if (!this.isRestoring) this.post({ kind: "empty" });
      return;
    }
    this.post(snapshotOf(current.quantized.report, selectedLayer));
    this.sendTrial(current.quantized);
  }

  private sendTrial(view: ModelView): void {
    this.post({ kind: "trial", state: this.trials.stateOf(view) });
  }

  private sendWantedExport(): void {
    if (this.wantedExport === undefined || !this.ready || this.services.current.quantized === undefined) return;
    this.post({ kind: "export", format: this.wantedExport });
    this.wantedExport = undefined;
  }

  protected override receive(message: FromReportPage): void {
    const { current } = this.services;
    switch (message.kind) {
      case "ready":
        this.ready = true;
        this.send();
        this.sendWantedExport();
        return;
      case "select":
        this.becomeActive();
        current.selectLayer(message.layer);
        return;
      case "quantize":
        this.services.quantize(current.quantized?.uri);
        return;
      case "compare-reports":
        this.services.compareReports();
        return;
      case "export":
        this.services.export();
        return;
      case "analyze":
        this.services.analyze(current.quantized?.uri);
        return;
      case "open-artifact": {
        const file = current.quantized?.files[message.artifact];
        if (file !== undefined) this.services.openFile(file);
        return;
      }
      case "export-csv":
        this.services.save("csv", new TextEncoder().encode(message.text));
        return;
      case "export-png":
        this.services.save("png", Buffer.from(message.base64, "base64"));
        return;
      case "diagnose":
        if (current.quantized !== undefined) void this.diagnoser.diagnose(current.quantized, message.layer);
        return;
      case "use-alternative": {
        const rule = this.diagnoser.alternative(current.quantized, message.layer, message.alternative);
        if (rule !== undefined) this.useRule(message.layer, rule);
        return;
      }
      case "keep-float":
        this.useRule(message.layer, { keep: "float" });
        return;
      case "quantize-layer":
        this.useRule(message.layer, usualRule(current.quantized?.report));
        return;
      case "try-equalization":
        if (current.quantized !== undefined) void this.trials.try(current.quantized, message.settings);
        return;
      case "cancel-trial":
        this.trials.cancel();
        return;
      case "use-trial": {
        const trial = this.trials.trialOf(current.quantized);
        if (current.quantized !== undefined && trial !== undefined)
          this.services.quantizeWithSettings(current.quantized, trial.settings);
        return;
      }
    }
  }
}
