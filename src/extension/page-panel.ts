/** A panel with a page of its own, of which there is one; hidden, it keeps nothing in memory, and a reloaded window restores it. */
import * as vscode from "vscode";
import type { ZodType } from "zod";
import { Disposable } from "./disposable";
import { loadPage, type PageName } from "./page-html";
import { onPageMessage } from "./page-messages";

export interface PageKind<From> {
  readonly viewType: string;
  readonly page: PageName;
  /** The form of the page's messages. */
  readonly loadSchema: () => Promise<ZodType<From>>;
}

export interface PagePanelServices {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
}

export abstract class PagePanel<From, To> extends Disposable implements vscode.WebviewPanelSerializer {
  private panel: vscode.WebviewPanel | undefined;

  constructor(
    private readonly kind: PageKind<From>,
    private readonly host: PagePanelServices,
  ) {
    super();
    this.own(vscode.window.registerWebviewPanelSerializer(kind.viewType, this));
  }

  /** It has the focus. */
  get isActive(): boolean {
    return this.panel?.active === true;
  }

  /** @param state what the page saved last, whatever version it was */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.attach(panel);
    await this.restore(state);
  }

  override dispose(): void {
    super.dispose();
    this.panel?.dispose();
  }

  /** Of the tab. */
  protected abstract get title(): string;

  /** Of the document: the same whatever it shows. */
  protected abstract get documentTitle(): string;

  /** Handles a message of the page, checked. */
  protected abstract receive(message: From): void;

  /** Finds what a reloaded window is to show again, and sends it. */
  protected abstract restore(state: unknown): Promise<void>;

  /** The panel is on view and has the focus. */
  protected becomeActive(): void {
    return;
  }

  /** The panel is hidden or closed: its page is gone. */
  protected becomeHidden(): void {
    return;
  }

  /** The panel is closed, and hidden before that. */
  protected becomeClosed(): void {
    return;
  }

  /** Brings the panel to the front, opening it where it is not open; the page of a new one says when it wants data. */
  protected reveal(preserveFocus = false): void {
    if (this.panel !== undefined) {
      this.panel.reveal(undefined, preserveFocus);
      return;
    }
    const column = { viewColumn: vscode.ViewColumn.Active, preserveFocus };
    this.attach(vscode.window.createWebviewPanel(this.kind.viewType, this.title, column));
  }

  protected post(message: To): void {
    if (this.panel === undefined) return;
    this.panel.title = this.title;
    void this.panel.webview.postMessage(message);
  }

  private attach(panel: vscode.WebviewPanel): void {
    this.panel?.dispose();
    this.panel = panel;
    const { extensionUri, log } = this.host;
    panel.iconPath = vscode.Uri.joinPath(extensionUri, "media", "icons", "report.svg");
    const listeners = [
      onPageMessage(panel.webview, log, this.kind.loadSchema, (message) => {
        if (this.panel === panel) this.receive(message);
      }),
      panel.onDidChangeViewState(() => {
        if (panel.active) this.becomeActive();
        if (!panel.visible) this.becomeHidden();
      }),
    ];
    panel.onDidDispose(() => {
      for (const listener of listeners) listener.dispose();
      if (this.panel !== panel) return;
      this.panel = undefined;
      this.becomeHidden();
      this.becomeClosed();
    });
    loadPage(panel.webview, extensionUri, this.kind.page, this.documentTitle);
  }
}
