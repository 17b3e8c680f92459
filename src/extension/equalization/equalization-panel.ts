/** The panel that shows equalizations of one model side by side. There is one. */
import * as vscode from "vscode";
import type { EqualizationComparison } from "../../protocol/equalization-comparison";
import type { FromEqualizationPage, ToEqualizationPage } from "../../protocol/equalization-page";
import type { ExportFormat } from "../../protocol/webview";
import { Disposable } from "../disposable";
import { EQUALIZATION_PANEL } from "../identifiers";
import { loadPage } from "../page-html";
import { equalizationPageMessages, onPageMessage } from "../page-messages";

export interface EqualizationView {
  readonly uri: vscode.Uri;
  readonly comparison: EqualizationComparison;
}

export interface EqualizationPanelServices {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** Compares on other data. */
  compare(model: vscode.Uri): void;
  /** Quantizes as the comparison's recipe says, with the settings of one outcome. */
  quantize(view: EqualizationView, settings: object): void;
  save(view: EqualizationView, format: ExportFormat, bytes: Uint8Array): void;
}

export class EqualizationPanel extends Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private view: EqualizationView | undefined;

  constructor(private readonly services: EqualizationPanelServices) {
    super();
    this.own(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.send();
      }),
    );
  }

  /** The model whose comparison has the focus. */
  get activeModel(): vscode.Uri | undefined {
    return this.panel?.active === true ? this.view?.uri : undefined;
  }

  /** Shows a comparison, in place of the one shown before. */
  show(view: EqualizationView): void {
    this.view = view;
    if (this.panel === undefined) {
      const title = vscode.l10n.t("Equalization Comparison");
      this.attach(vscode.window.createWebviewPanel(EQUALIZATION_PANEL, title, vscode.ViewColumn.Active));
    } else {
      this.panel.reveal();
      this.send();
    }
  }

  override dispose(): void {
    super.dispose();
    this.panel?.dispose();
  }

  private attach(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.services.extensionUri, "media", "icons", "report.svg");
    const listening = onPageMessage(panel.webview, this.services.log, equalizationPageMessages, (message) => {
      if (this.panel === panel) this.receive(message);
    });
    panel.onDidDispose(() => {
      listening.dispose();
      if (this.panel === panel) this.panel = undefined;
    });
    loadPage(panel.webview, this.services.extensionUri, "equalization-page", panel.title);
  }

  private send(): void {
    if (this.view === undefined) return;
    const { comparison } = this.view;
    const message: ToEqualizationPage = { kind: "comparison", comparison, canWrite: vscode.workspace.isTrusted };
    void this.panel?.webview.postMessage(message);
  }

  private receive(message: FromEqualizationPage): void {
    const { view } = this;
    if (view === undefined) return;
    switch (message.kind) {
      case "ready":
        this.send();
        return;
      case "compare":
        this.services.compare(view.uri);
        return;
      case "quantize": {
        const variant = view.comparison.variants.at(message.variant);
        const outcome = variant?.outcomes.at(message.outcome);
        if (variant === undefined || outcome === undefined) return;
        this.services.quantize(view, { ...variant.settings, biasCorrection: outcome.biasCorrection });
        return;
      }
      case "export-csv":
        this.services.save(view, "csv", new TextEncoder().encode(message.text));
        return;
      case "export-png":
        this.services.save(view, "png", Buffer.from(message.base64, "base64"));
        return;
    }
  }
}
