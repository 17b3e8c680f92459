/** The panel that shows candidate schemes side by side. There is one; it holds the choice, its page only shows it. */
import * as vscode from "vscode";
import { BitwrightError } from "../../protocol/errors";
import type { FromComparisonPage, ToComparisonPage } from "../../protocol/comparison-page";
import { Disposable } from "../disposable";
import { COMPARISON_PANEL } from "../identifiers";
import { loadPage } from "../page-html";
import { comparisonPageMessages, onPageMessage } from "../page-messages";
import { chosenForAll, chosenForBudget, chosenForLayer, chosenMixture, type ComparisonView } from "./comparison-view";

export interface ComparisonPanelServices {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** Compares other candidates on the same model. */
  compare(model: vscode.Uri | undefined): void;
  saveRecipe(view: ComparisonView): void;
  quantize(view: ComparisonView): void;
}

export class ComparisonPanel extends Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private view: ComparisonView | undefined;

  constructor(private readonly services: ComparisonPanelServices) {
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
  show(view: ComparisonView): void {
    this.view = view;
    if (this.panel === undefined) {
      const title = vscode.l10n.t("Scheme Comparison");
      this.attach(vscode.window.createWebviewPanel(COMPARISON_PANEL, title, vscode.ViewColumn.Active));
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
    const listening = onPageMessage(panel.webview, this.services.log, comparisonPageMessages, (message) => {
      if (this.panel === panel) this.receive(message);
    });
    panel.onDidDispose(() => {
      listening.dispose();
      if (this.panel === panel) this.panel = undefined;
    });
    loadPage(panel.webview, this.services.extensionUri, "comparison-page", panel.title);
  }

  private send(): void {
    const { view } = this;
    if (view === undefined) return;
    this.post({
      kind: "comparison",
      comparison: view.comparison,
      chosen: chosenMixture(view),
      canWrite: vscode.workspace.isTrusted,
    });
  }

  private post(message: ToComparisonPage): void {
    void this.panel?.webview.postMessage(message);
  }

  private receive(message: FromComparisonPage): void {
    const { view } = this;
    if (view === undefined) return;
    switch (message.kind) {
      case "ready":
        this.send();
        return;
      case "choose":
        this.choose(chosenForLayer(view, message.layer, message.candidate));
        return;
      case "choose-for-all":
        this.choose(chosenForAll(view, message.candidate));
        return;
      case "suggest":
        this.suggest(view, message.budget);
        return;
      case "compare":
        this.services.compare(view.uri);
        return;
      case "save-recipe":
        this.services.saveRecipe(view);
        return;
      case "quantize":
        this.services.quantize(view);
        return;
    }
  }

  private choose(view: ComparisonView): void {
    this.view = view;
    this.post({ kind: "chosen", chosen: chosenMixture(view) });
  }

  private suggest(view: ComparisonView, budget: number): void {
    try {
      this.choose(chosenForBudget(view, budget));
    } catch (thrown) {
      this.post({ kind: "budget-refused", message: BitwrightError.from(thrown).message });
    }
  }
}
