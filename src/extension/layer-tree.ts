/** The side panel: the layers of the current model, with what their quantization costs. */
import * as vscode from "vscode";
import { shownName } from "../protocol/errors";
import type { LayerReport } from "../protocol/report";
import type { Grade } from "../protocol/webview";
import type { CurrentModel } from "./current-model";
import { Disposable } from "./disposable";
import { gradeOf } from "./grade";
import { LAYERS_VIEW, type CommandId } from "./identifiers";
import { layerDescription, layerFigures } from "./layer-text";
import { lowSqnrDb, onDidChangeLowSqnrDb } from "./settings";

/** What the tree holds and its commands get. */
export class LayerElement {
  constructor(
    readonly index: number,
    readonly layer: LayerReport,
  ) {}
}

const REVEAL_LAYER: CommandId = "bitwright.revealLayer";

export class LayerTree extends Disposable implements vscode.TreeDataProvider<LayerElement> {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  private readonly view: vscode.TreeView<LayerElement>;
  private elements: readonly LayerElement[] = [];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly current: CurrentModel) {
    super();
    this.view = this.own(vscode.window.createTreeView(LAYERS_VIEW, { treeDataProvider: this }));
    this.own(
      current.onDidChange(() => {
        this.refresh();
      }),
    );
    this.own(
      onDidChangeLowSqnrDb(() => {
        this.changed.fire();
      }),
    );
    this.own(
      current.onDidSelectLayer((layer) => {
        void this.reveal(layer);
      }),
    );
    this.own(
      this.view.onDidChangeVisibility(() => {
        if (current.selectedLayer !== null) void this.reveal(current.selectedLayer);
      }),
    );
  }

  getChildren(element?: LayerElement): LayerElement[] {
    return element === undefined ? [...this.elements] : [];
  }

  getParent(): undefined {
    return undefined;
  }

  getTreeItem(element: LayerElement): vscode.TreeItem {
    const { index, layer } = element;
    const grade = gradeOf(layer, lowSqnrDb());
    const item = new vscode.TreeItem(shownName(layer.name));
    item.id = `${index} ${this.current.view?.uri.toString() ?? ""}`;
    const description = layerDescription(layer, this.isQuantized);
    item.description = description;
    item.iconPath = iconOf(grade);
    item.tooltip = tooltipOf(layer);
    item.contextValue = grade === "float" ? "layer.float" : "layer.quantized";
    item.command = { command: REVEAL_LAYER, title: vscode.l10n.t("Reveal Layer"), arguments: [index] };
    item.accessibilityInformation = {
      label: [shownName(layer.name), shownName(layer.op), description, gradeText(grade)]
        .filter((part) => part !== "")
        .join(", "),
    };
    return item;
  }

  private get isQuantized(): boolean {
    const { view } = this.current;
    return view !== undefined && view.report.recipe !== null;
  }

  private refresh(): void {
    const { view } = this.current;
    this.elements = view?.report.layers.map((layer, index) => new LayerElement(index, layer)) ?? [];
    if (view === undefined) delete this.view.description;
    else this.view.description = shownName(view.report.model.name);
    this.changed.fire();
  }

  private async reveal(index: number): Promise<void> {
    const element = this.elements.at(index);
    if (element === undefined || !this.view.visible || this.view.selection[0] === element) return;
    await this.view.reveal(element, { select: true, focus: false });
  }
}

function iconOf(grade: Grade): vscode.ThemeIcon {
  switch (grade) {
    case "very-low":
      return new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
    case "low":
      return new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
    case "exact":
      return new vscode.ThemeIcon("pass");
    case "float":
    case "good":
      return new vscode.ThemeIcon("layers");
  }
}

function gradeText(grade: Grade): string {
  switch (grade) {
    case "very-low":
      return vscode.l10n.t("very low");
    case "low":
      return vscode.l10n.t("low");
    case "exact":
    case "float":
    case "good":
      return "";
  }
}

/** Names come out of the model: everything is appended as text. */
function tooltipOf(layer: LayerReport): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown("**").appendText(shownName(layer.name)).appendMarkdown("**\n\n");
  for (const [label, value] of layerFigures(layer)) {
    tooltip.appendMarkdown("- ").appendText(`${label}: ${value}`).appendMarkdown("\n");
  }
  return tooltip;
}
