/** The side panel: the models of the workspace, the recipes that use them, and their layers with what quantization costs. */
import * as vscode from "vscode";
import { BitwrightError } from "../../protocol/errors";
import type { CurrentModel, ModelView } from "../current-model";
import { Disposable } from "../disposable";
import { MODELS_VIEW } from "../identifiers";
import type { Memory } from "../memory";
import { lowSqnrDb, onDidChangeLowSqnrDb } from "../settings";
import { findModels, MODEL_FILES } from "../workspace-models";
import { Arrangement } from "./arrangement";
import {
  idOf,
  LayerElement,
  ModelElement,
  NoticeElement,
  parentOf,
  QuantizationElement,
  RecipeElement,
  type LayerParent,
  type SideElement,
} from "./elements";
import { arrangedLayers } from "./layer-arrangement";
import { LayerDecorations } from "./layer-decorations";
import type { LayerViews, RecipeSource } from "./layer-views";
import { leafItem, parentItem } from "./tree-items";

/** Runs of recipes and exporters cause several changes at once. */
const GATHER_MS = 50;

/** VS Code reveals nothing while it reads entries anew: in that time after a change, it is told again when it has read. */
const REVEAL_MS = 5_000;

export interface SidePanelServices {
  readonly current: CurrentModel;
  readonly memory: Memory;
  readonly recipes: RecipeSource;
  readonly views: LayerViews;
  /** What this installation lacks, for the top of the panel. */
  readonly missing: string | undefined;
}

export class SidePanel extends Disposable implements vscode.TreeDataProvider<SideElement> {
  readonly arrangement: Arrangement;
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  private readonly current: CurrentModel;
  private readonly views: LayerViews;
  private readonly tree: vscode.TreeView<SideElement>;
  private found: Promise<readonly vscode.Uri[]> | undefined;
  private modelCount = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Later than that, as `Date.now()` counts, revealing again would take the user by surprise. */
  private revealUntil = 0;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly services: SidePanelServices) {
    super();
    const { current, memory, recipes } = services;
    this.current = current;
    this.arrangement = this.own(new Arrangement(memory));
    this.views = services.views;
    this.tree = this.own(vscode.window.createTreeView(MODELS_VIEW, { treeDataProvider: this, showCollapseAll: true }));
    this.own(vscode.window.registerFileDecorationProvider(new LayerDecorations()));
    const refresh = (): void => {
      this.refreshSoon();
    };
    const follow = (): void => {
      this.refreshSoon();
      this.reveal();
    };
    for (const event of [recipes.onDidChange, this.views.onDidChange, this.arrangement.onDidChange])
      this.own(event(refresh));
    this.own(onDidChangeLowSqnrDb(refresh));
    this.own(vscode.workspace.onDidChangeWorkspaceFolders(() => this.findAgain()));
    this.own(current.onDidChange(follow));
    const reveal = (): void => {
      this.reveal();
    };
    this.own(current.onDidSelectLayer(reveal));
    this.own(this.tree.onDidChangeVisibility(reveal));
    this.own(
      this.tree.onDidCollapseElement(() => {
        this.revealUntil = 0;
      }),
    );
  }

  async getChildren(element?: SideElement): Promise<SideElement[]> {
    if (element === undefined) {
      const models = await this.models();
      if (Date.now() < this.revealUntil) setTimeout(() => void this.revealNow());
      return models.map((uri) => new ModelElement(uri));
    }
    if (element instanceof LayerElement || element instanceof NoticeElement) return [];
    const parents = element instanceof ModelElement ? this.below(element) : [];
    await Promise.all(parents.map((parent) => this.views.recall(parent)));
    return parents.length > 0 ? parents : this.layersOf(element);
  }

  getParent(element: SideElement): SideElement | undefined {
    return parentOf(element);
  }

  getTreeItem(element: SideElement): vscode.TreeItem {
    if (element instanceof LayerElement || element instanceof NoticeElement) return leafItem(element);
    const view = this.views.known(element);
    return parentItem(element, view, this.isUnfolded(element, view));
  }

  /** Opens the panel with the keyboard in it, and the field that finds entries by their names. */
  async find(): Promise<void> {
    await vscode.commands.executeCommand(`${MODELS_VIEW}.focus`);
    await vscode.commands.executeCommand("list.find");
  }

  /** Asks which layers are to be listed. */
  async askFilter(): Promise<void> {
    await this.arrangement.askFilter(await this.operators());
  }

  /** Of the layers that are known. */
  private async operators(): Promise<string[]> {
    const models = (await this.models()).map((uri) => new ModelElement(uri));
    const views = models.flatMap((model) =>
      [model, ...this.below(model)].flatMap((parent) => this.views.known(parent) ?? []),
    );
    return [...new Set(views.flatMap(({ report }) => report.layers.map(({ op }) => op)))].sort();
  }

  override dispose(): void {
    clearTimeout(this.timer);
    super.dispose();
  }

  /** Those of the workspace, and the one on show, which may lie elsewhere. */
  private async models(): Promise<readonly vscode.Uri[]> {
    this.found ??= this.findAndWatch();
    const others = [
      ...this.services.recipes.states.map(({ target }) => vscode.Uri.file(target.model)),
      this.current.view?.uri,
    ];
    const models = new Map((await this.found).map((uri) => [uri.toString(), uri]));
    for (const uri of others) if (uri !== undefined) models.set(uri.toString(), uri);
    this.modelCount = models.size;
    this.showMessage();
    return [...models.values()].sort((a, b) => a.path.localeCompare(b.path));
  }

  /** Nothing is looked for, and nothing watched, before somebody opens the panel. */
  private findAndWatch(): Promise<readonly vscode.Uri[]> {
    const watcher = this.own(vscode.workspace.createFileSystemWatcher(MODEL_FILES));
    this.own(watcher.onDidCreate(() => this.findAgain()));
    this.own(watcher.onDidDelete((uri) => this.findAgain(uri)));
    this.own(
      watcher.onDidChange((uri) => {
        this.views.forget(uri);
        this.refreshSoon();
      }),
    );
    return findModels();
  }

  private findAgain(gone?: vscode.Uri): void {
    if (gone !== undefined) this.views.forget(gone);
    if (this.found === undefined) return;
    this.found = findModels();
    this.refreshSoon();
  }

  /** Recipes and quantizations of a model; none where its layers are directly below it. */
  private below(model: ModelElement): LayerParent[] {
    const recipes = this.views.recipesOf(model.uri).map((status) => new RecipeElement(model, status));
    const quantization = recipes.length === 0 ? undefined : this.views.quantizationOf(model.uri);
    return quantization === undefined ? recipes : [...recipes, new QuantizationElement(model, quantization)];
  }

  private async layersOf(parent: LayerParent): Promise<SideElement[]> {
    try {
      const view = await this.views.load(parent);
      const listed = arrangedLayers(view.report.layers, this.arrangement.value, lowSqnrDb(view.report));
      return listed.length === 0
        ? [new NoticeElement(parent, null)]
        : listed.map((index) => new LayerElement(parent, view, index));
    } catch (thrown) {
      return [new NoticeElement(parent, BitwrightError.from(thrown))];
    }
  }

  /** What costs nothing to look at, and is all that there is. */
  private isUnfolded(element: LayerParent, view: ModelView | undefined): boolean {
    if (element instanceof ModelElement) {
      return this.modelCount === 1 || element.uri.toString() === this.current.view?.uri.toString();
    }
    return view !== undefined && this.below(element.model).length === 1;
  }

  private refreshSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.changed.fire();
    }, GATHER_MS);
  }

  /** An empty tree welcomes instead, which a message would hide. */
  private showMessage(): void {
    const message = this.modelCount === 0 ? undefined : (this.arrangement.filterText ?? this.services.missing);
    this.tree.message = message ?? "";
  }

  /** Shows the model that the user looks at, and its selected layer where it is listed. */
  private reveal(): void {
    this.revealUntil = Date.now() + REVEAL_MS;
    void this.revealNow();
  }

  private async revealNow(): Promise<void> {
    const { view, selectedLayer } = this.current;
    if (view === undefined || !this.tree.visible) return;
    const parent = this.views.parentOf(view);
    const layers = arrangedLayers(view.report.layers, this.arrangement.value, lowSqnrDb(view.report));
    const isListed = selectedLayer !== null && layers.includes(selectedLayer);
    const element = isListed ? new LayerElement(parent, view, selectedLayer) : parent;
    const isSelected = this.tree.selection.some((selected) => idOf(selected) === idOf(element));
    if (isSelected) return;
    try {
      await this.tree.reveal(element, { select: isListed, focus: false, expand: !isListed });
    } catch {
      // The entry went away meanwhile: its model was deleted, or its recipe.
    }
  }
}
