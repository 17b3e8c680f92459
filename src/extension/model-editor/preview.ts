/** One model in one panel: inspects the file in the worker, and again whenever the file is rewritten. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { BitwrightError } from "../../protocol/errors";
import type { Report } from "../../protocol/report";
import type { FromModelPage, ToModelPage } from "../../protocol/webview";
import type { CurrentModel } from "../current-model";
import { Disposable } from "../disposable";
import type { LazyWorker } from "../lazy-worker";
import { loadPage } from "../page-html";
import { onPageMessage, modelPageMessages } from "../page-messages";
import { onDidChangeLowSqnrDb } from "../settings";
import { snapshotOf } from "../snapshot";
import { localPath } from "../workspace-place";

/** Exporters write a model in several steps; wait for the last. */
const REWRITE_DELAY_MS = 250;

export interface PreviewServices {
  readonly extensionUri: vscode.Uri;
  readonly worker: LazyWorker;
  readonly current: CurrentModel;
  readonly log: vscode.LogOutputChannel;
  quantize(model: vscode.Uri): void;
}

type PreviewState =
  | { readonly kind: "loading"; readonly step: string; readonly share: number }
  | { readonly kind: "shown"; readonly report: Report }
  | { readonly kind: "failed"; readonly error: BitwrightError };

export class ModelPreview extends Disposable {
  private state: PreviewState = { kind: "loading", step: "", share: 0 };
  private inspection: AbortController | undefined;
  private rewriteTimer: NodeJS.Timeout | undefined;
  private selectedLayer: number | null = null;

  constructor(
    readonly uri: vscode.Uri,
    private readonly panel: vscode.WebviewPanel,
    private readonly services: PreviewServices,
  ) {
    super();
    // The layer that was chosen in the side panel, which opened this editor.
    if (services.current.view?.uri.toString() === uri.toString()) this.selectedLayer = services.current.selectedLayer;
    this.own(
      onPageMessage(panel.webview, services.log, modelPageMessages, (message) => {
        this.receive(message);
      }),
    );
    this.own(
      panel.onDidChangeViewState(() => {
        this.becomeCurrent();
      }),
    );
    this.own(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.send();
      }),
    );
    this.own(
      onDidChangeLowSqnrDb(() => {
        this.send();
      }),
    );
    this.own(
      services.current.onDidSelectLayer((layer) => {
        if (services.current.view?.uri.toString() !== uri.toString()) return;
        this.selectedLayer = layer;
        this.post({ kind: "select", layer });
      }),
    );
    this.watch();
    loadPage(panel.webview, services.extensionUri, "model-page", posix.basename(uri.path));
    void this.inspect();
  }

  get isActive(): boolean {
    return !this.isDisposed && this.panel.active;
  }

  override dispose(): void {
    clearTimeout(this.rewriteTimer);
    super.dispose();
    this.inspection?.abort();
  }

  private watch(): void {
    const watcher = this.own(vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(this.uri, "*")));
    const rewritten = (changed: vscode.Uri): void => {
      if (changed.toString() !== this.uri.toString()) return;
      clearTimeout(this.rewriteTimer);
      this.rewriteTimer = setTimeout(() => void this.inspect(), REWRITE_DELAY_MS);
    };
    this.own(watcher.onDidChange(rewritten));
    this.own(watcher.onDidCreate(rewritten));
    this.own(watcher.onDidDelete(rewritten));
  }

  private async inspect(): Promise<void> {
    this.inspection?.abort();
    const inspection = new AbortController();
    this.inspection = inspection;
    this.enter({ kind: "loading", step: "", share: 0 });
    try {
      const report = await this.services.worker.run(
        "inspect",
        { modelPath: localPath(this.uri) },
        {
          signal: inspection.signal,
          progress: (step, share) => {
            if (this.inspection === inspection) this.enter({ kind: "loading", step, share });
          },
        },
      );
      if (this.isDisposed || this.inspection !== inspection) return;
      this.enter({ kind: "shown", report });
      this.becomeCurrent();
    } catch (thrown) {
      const error = BitwrightError.from(thrown);
      if (this.isDisposed || this.inspection !== inspection) return;
      this.services.log.error(error.stack ?? error.message);
      this.enter({ kind: "failed", error });
    }
  }

  private enter(state: PreviewState): void {
    this.state = state;
    this.send();
  }

  private becomeCurrent(): void {
    if (!this.isActive || this.state.kind !== "shown") return;
    this.services.current.showInspected({ uri: this.uri, report: this.state.report, files: [] });
  }

  private send(): void {
    this.post(this.snapshot());
  }

  private snapshot(): ToModelPage {
    switch (this.state.kind) {
      case "loading":
        return { kind: "progress", step: this.state.step, share: this.state.share };
      case "shown":
        return snapshotOf(this.state.report, this.selectedLayer);
      case "failed":
        return { kind: "failed", code: this.state.error.code, message: this.state.error.message };
    }
  }

  private post(message: ToModelPage): void {
    if (!this.isDisposed) void this.panel.webview.postMessage(message);
  }

  private receive(message: FromModelPage): void {
    switch (message.kind) {
      case "ready":
        this.send();
        return;
      case "select":
        this.selectedLayer = message.layer;
        this.becomeCurrent();
        this.services.current.selectLayer(message.layer);
        return;
      case "quantize":
        this.services.quantize(this.uri);
        return;
    }
  }
}
