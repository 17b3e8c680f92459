/** The panel that shows what a quantization costs, layer by layer. There is one; hidden, it keeps nothing in memory. */
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { ExportFormat, FromReportPage, ToReportPage } from "../../protocol/webview";
import type { CurrentModel, ModelView } from "../current-model";
import { Disposable } from "../disposable";
import { REPORT_PANEL } from "../identifiers";
import type { LazyWorker } from "../lazy-worker";
import { loadPage } from "../page-html";
import { onPageMessage, reportPageMessages } from "../page-messages";
import { usualRule, type LayerRule } from "../quantize/layer-rule";
import type { ReportStore } from "../report-store";
import { onDidChangeLowSqnrDb } from "../settings";
import { snapshotOf } from "../snapshot";
import { Diagnoser } from "./diagnoser";
import { Trials } from "./trials";

export interface ReportPanelServices {
  readonly extensionUri: vscode.Uri;
  readonly current: CurrentModel;
  readonly worker: LazyWorker;
  readonly store: ReportStore;
  readonly log: vscode.LogOutputChannel;
  /** Quantizes the report's model again, or asks for one. */
  quantize(model: vscode.Uri | undefined): void;
  /** Measures noise of the report's model on data. */
  analyze(model: vscode.Uri | undefined): void;
  /** Quantizes again with another rule for one layer. */
  quantizeWithRule(view: ModelView, layer: number, rule: LayerRule): void;
  /** Quantizes again with other fields of the recipe. */
  quantizeWithSettings(view: ModelView, settings: object): void;
  openFile(path: string): void;
  save(format: ExportFormat, bytes: Uint8Array): void;
}

export class ReportPanel extends Disposable implements vscode.WebviewPanelSerializer {
  private readonly diagnoser: Diagnoser;
  private readonly trials: Trials;
  private panel: vscode.WebviewPanel | undefined;
  private ready = false;
  private wantedExport: ExportFormat | undefined;

  constructor(private readonly services: ReportPanelServices) {
    super();
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
    this.own(vscode.window.registerWebviewPanelSerializer(REPORT_PANEL, this));
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
    return this.panel?.active === true ? this.services.current.quantized?.uri : undefined;
  }

  /** Shows the panel, opening it where it is not open. */
  show(preserveFocus = false): void {
    if (this.panel !== undefined) {
      this.panel.reveal(undefined, preserveFocus);
      return;
    }
    const column = { viewColumn: vscode.ViewColumn.Active, preserveFocus };
    this.attach(vscode.window.createWebviewPanel(REPORT_PANEL, this.title, column));
  }

  /** Opens the panel and has the page hand over an export, which `save` then gets. */
  export(format: ExportFormat): void {
    this.show();
    this.wantedExport = format;
    this.sendWantedExport();
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.attach(panel);
    if (this.hasReport()) return;
    const view = await this.services.store.load();
    if (view !== undefined && !this.hasReport()) this.services.current.showQuantized(view);
  }

  override dispose(): void {
    super.dispose();
    this.panel?.dispose();
  }

  /** The side panel lists the layers of this report. */
  private get isCurrent(): boolean {
    const { view, quantized } = this.services.current;
    return quantized !== undefined && view === quantized;
  }

  /** Of the tab: which model it is about. */
  private get title(): string {
    const { quantized } = this.services.current;
    if (quantized === undefined) return vscode.l10n.t("Quantization Report");
    return vscode.l10n.t("Report: {0}", shownName(quantized.report.model.name));
  }

  private hasReport(): boolean {
    return this.services.current.quantized !== undefined;
  }

  private attach(panel: vscode.WebviewPanel): void {
    this.panel?.dispose();
    this.panel = panel;
    this.ready = false;
    panel.iconPath = vscode.Uri.joinPath(this.services.extensionUri, "media", "icons", "report.svg");
    const listeners = [
      onPageMessage(panel.webview, this.services.log, reportPageMessages, (message) => {
        if (this.panel === panel) this.receive(message);
      }),
      panel.onDidChangeViewState(() => {
        if (panel.active) this.becomeCurrent();
        if (!panel.visible) this.diagnoser.cancel();
      }),
    ];
    panel.onDidDispose(() => {
      for (const listener of listeners) listener.dispose();
      if (this.panel !== panel) return;
      this.panel = undefined;
      this.diagnoser.cancel();
      this.trials.cancel();
    });
    loadPage(panel.webview, this.services.extensionUri, "report-page", vscode.l10n.t("Quantization Report"));
  }

  private useRule(layer: number, rule: LayerRule): void {
    const { quantized } = this.services.current;
    if (quantized !== undefined) this.services.quantizeWithRule(quantized, layer, rule);
  }

  private becomeCurrent(): void {
    const { quantized } = this.services.current;
    if (quantized !== undefined) this.services.current.showQuantized(quantized);
  }

  private send(): void {
    const { current } = this.services;
    if (this.panel !== undefined) this.panel.title = this.title;
    const selectedLayer = this.isCurrent ? current.selectedLayer : null;
    if (current.quantized === undefined) {
      this.post({ kind: "empty" });
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

  private post(message: ToReportPage): void {
    void this.panel?.webview.postMessage(message);
  }

  private receive(message: FromReportPage): void {
    const { current } = this.services;
    switch (message.kind) {
      case "ready":
        this.ready = true;
        this.send();
        this.sendWantedExport();
        return;
      case "select":
        this.becomeCurrent();
        current.selectLayer(message.layer);
        return;
      case "quantize":
        this.services.quantize(current.quantized?.uri);
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
