/** A panel that shows the last comparison of a model, kept in the workspace's own folder so that a reloaded window shows it again. */
import * as vscode from "vscode";
import type { ZodType } from "zod";
import { KeptFile } from "./kept-file";
import { PagePanel, type PageKind, type PagePanelServices } from "./page-panel";

export interface ComparedPanelServices extends PagePanelServices {
  /** The workspace's own folder. */
  readonly storage: vscode.Uri | undefined;
  /** Compares anew, the same model or one that is asked for. */
  compare(model: vscode.Uri | undefined): void;
}

/** What was compared, and on which model. */
export interface ComparedView<Comparison> {
  readonly uri: vscode.Uri;
  readonly comparison: Comparison;
}

export interface StoredComparison<Comparison> {
  /** URI of the model file. */
  readonly model: string;
  readonly comparison: Comparison;
}

/** Where a comparison is kept. */
export interface Kept<Comparison> {
  readonly file: string;
  readonly loadSchema: () => Promise<ZodType<StoredComparison<Comparison>>>;
}

interface PageMessage {
  readonly kind: string;
}

export abstract class ComparedPanel<
  From extends PageMessage,
  To,
  Comparison,
  View extends ComparedView<Comparison>,
> extends PagePanel<From, To | { readonly kind: "empty" }> {
  protected view: View | undefined;
  private readonly kept: KeptFile<StoredComparison<Comparison>>;
  /** A reloaded window found nothing to show. */
  private isGone = false;

  constructor(
    kind: PageKind<From>,
    { file, loadSchema }: Kept<Comparison>,
    private readonly comparing: ComparedPanelServices,
  ) {
    super(kind, comparing);
    this.kept = new KeptFile(comparing.storage, file, comparing.log, loadSchema);
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
  show(view: View): void {
    this.view = view;
    this.reveal();
    this.send();
    void this.kept.write({ model: view.uri.toString(), comparison: view.comparison });
  }

  /** What is shown of a comparison that was kept; undefined where nothing can be. @param state what the page saved */
  protected abstract restored(uri: vscode.Uri, comparison: Comparison, state: unknown): Promise<View | undefined>;

  /** The message that shows it all. */
  protected abstract shown(view: View): To;

  /** Handles what only this page says. */
  protected abstract act(view: View, message: From): void;

  protected override get documentTitle(): string {
    return this.title;
  }

  protected override async restore(state: unknown): Promise<void> {
    const stored = await this.kept.read();
    const view =
      stored === undefined ? undefined : await this.restored(vscode.Uri.parse(stored.model), stored.comparison, state);
    if (this.view !== undefined) return;
    this.view = view;
    this.isGone = view === undefined;
    this.send();
  }

  protected override receive(message: From): void {
    if (message.kind === "ready") this.send();
    else if (message.kind === "compare") this.comparing.compare(this.view?.uri);
    else if (this.view !== undefined) this.act(this.view, message);
  }

  private send(): void {
    if (this.view !== undefined) this.post(this.shown(this.view));
    else if (this.isGone) this.post({ kind: "empty" });
  }
}
