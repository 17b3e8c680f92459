/** The panel that shows equalizations of one model side by side. */
import * as vscode from "vscode";
import type { EqualizationComparison } from "../../protocol/equalization-comparison";
import type { FromEqualizationPage, ToEqualizationPage } from "../../protocol/equalization-page";
import type { ExportFormat } from "../../protocol/webview";
import { EQUALIZATION_PANEL } from "../identifiers";
import { KeptFile } from "../kept-file";
import { equalizationPageMessages } from "../page-messages";
import { PagePanel, type PagePanelServices } from "../page-panel";
import type { StoredEqualization } from "./stored-equalization";

const FILE = "last-equalization.json";

export interface EqualizationView {
  readonly uri: vscode.Uri;
  readonly comparison: EqualizationComparison;
}

export interface EqualizationPanelServices extends PagePanelServices {
  /** The workspace's own folder. */
  readonly storage: vscode.Uri | undefined;
  /** Compares on other data. */
  compare(model: vscode.Uri | undefined): void;
  /** Quantizes as the comparison's recipe says, with the settings of one outcome. */
  quantize(view: EqualizationView, settings: object): void;
  save(view: EqualizationView, format: ExportFormat, bytes: Uint8Array): void;
}

export class EqualizationPanel extends PagePanel<FromEqualizationPage, ToEqualizationPage> {
  private readonly kept: KeptFile<StoredEqualization>;
  private view: EqualizationView | undefined;
  /** A reloaded window found nothing to show. */
  private isGone = false;

  constructor(private readonly services: EqualizationPanelServices) {
    super({ viewType: EQUALIZATION_PANEL, page: "equalization-page", loadSchema: equalizationPageMessages }, services);
    const loadSchema = async () => (await import("./stored-equalization")).storedEqualizationSchema;
    this.kept = new KeptFile(services.storage, FILE, services.log, loadSchema);
    this.own(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.send();
      }),
    );
  }

  /** The model whose comparison has the focus. */
  get activeModel(): vscode.Uri | undefined {
    return this.isActive ? this.view?.uri : undefined;
  }

  /** Shows a comparison, in place of the one shown before. */
  show(view: EqualizationView): void {
    this.view = view;
    this.reveal();
    this.send();
    void this.kept.write({ model: view.uri.toString(), comparison: view.comparison });
  }

  protected override get title(): string {
    return vscode.l10n.t("Equalization Comparison");
  }

  protected override get documentTitle(): string {
    return this.title;
  }

  /** What was selected is the page's own to read. */
  protected override async restore(): Promise<void> {
    const stored = await this.kept.read();
    if (this.view !== undefined) return;
    if (stored === undefined) this.isGone = true;
    else this.view = { uri: vscode.Uri.parse(stored.model), comparison: stored.comparison };
    this.send();
  }

  private send(): void {
    if (this.view !== undefined) {
      const { comparison } = this.view;
      this.post({ kind: "comparison", comparison, canWrite: vscode.workspace.isTrusted });
    } else if (this.isGone) this.post({ kind: "empty" });
  }

  protected override receive(message: FromEqualizationPage): void {
    const { view } = this;
    if (view === undefined) {
      if (message.kind === "ready") this.send();
      if (message.kind === "compare") this.services.compare(undefined);
      return;
    }
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
