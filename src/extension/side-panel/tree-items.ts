/** The side panel's entries as VS Code shows them. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import { countText } from "../../protocol/format";
import type { LayerReport } from "../../protocol/report";
import type { Grade } from "../../protocol/webview";
import type { ModelView } from "../current-model";
import { gradeOf } from "../grade";
import type { CommandId } from "../identifiers";
import { layerDescription, layerFigures, weightStatistics } from "../layer-text";
import { localNumber } from "../numbers";
import { lowSqnrDb } from "../settings";
import { STATE_ICONS, stateText } from "../status/status-item";
import {
  idOf,
  LayerElement,
  ModelElement,
  type NoticeElement,
  RecipeElement,
  type LayerParent,
  type QuantizationElement,
} from "./elements";
import { isLow } from "./layer-arrangement";
import { gradeUri, lowCountUri } from "./layer-decorations";
import { layerKind } from "./layer-kind";

const REVEAL_LAYER: CommandId = "bitwright.revealLayer";
const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

/** A layer, or what stands in place of layers. */
export function leafItem(element: LayerElement | NoticeElement): vscode.TreeItem {
  const item = element instanceof LayerElement ? layerItem(element) : noticeItem(element);
  item.id = idOf(element);
  return item;
}

/**
 * An entry that has layers, or entries with layers, below it.
 * @param view whose layers these are, where that is known
 * @param unfolded whether it is to be unfolded when it is first seen
 */
export function parentItem(element: LayerParent, view: ModelView | undefined, unfolded: boolean): vscode.TreeItem {
  const item = itemOf(element, view);
  item.id = idOf(element);
  item.collapsibleState = unfolded ? Expanded : Collapsed;
  return item;
}

function itemOf(element: LayerParent, view: ModelView | undefined): vscode.TreeItem {
  if (element instanceof ModelElement) return modelItem(element);
  return element instanceof RecipeElement ? recipeItem(element, view) : quantizationItem(element);
}

function modelItem({ uri }: ModelElement): vscode.TreeItem {
  const item = new vscode.TreeItem(shownName(posix.basename(uri.path)));
  const folder = posix.dirname(vscode.workspace.asRelativePath(uri));
  item.description = folder === "." ? "" : folder;
  item.resourceUri = uri;
  item.iconPath = vscode.ThemeIcon.File;
  item.tooltip = vscode.workspace.asRelativePath(uri);
  item.contextValue = "model";
  item.command = { command: "vscode.open", title: vscode.l10n.t("Open Model"), arguments: [uri, { preview: true }] };
  item.accessibilityInformation = { label: vscode.l10n.t("Model {0}", vscode.workspace.asRelativePath(uri)) };
  return item;
}

function recipeItem({ status: { target, state } }: RecipeElement, view: ModelView | undefined): vscode.TreeItem {
  const { directory, name } = target.recipe.output;
  const output = shownName(name === undefined ? directory : `${directory}/${name}`);
  const item = new vscode.TreeItem(`→ ${output}`);
  const text = stateText(state.kind);
  const bytes = view === undefined ? [] : [bytesText(view)];
  item.description = [text, ...bytes].join(" · ");
  item.iconPath = new vscode.ThemeIcon(STATE_ICONS[state.kind]);
  item.contextValue = "recipe";
  const place = `${vscode.workspace.asRelativePath(target.file)}, models[${target.index}]`;
  item.tooltip = state.kind === "failed" ? `${place}\n${state.error.message}` : place;
  item.accessibilityInformation = {
    label: [vscode.l10n.t("Recipe for {0}", output), text, ...bytes, ...lowText(view)].join(", "),
  };
  markCount(item, view);
  return item;
}

function quantizationItem({ view }: QuantizationElement): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t("Last quantization"));
  item.description = bytesText(view);
  item.iconPath = new vscode.ThemeIcon("history");
  item.contextValue = "quantization";
  item.accessibilityInformation = {
    label: [vscode.l10n.t("Last quantization"), bytesText(view), ...lowText(view)].join(", "),
  };
  markCount(item, view);
  return item;
}

function layerItem(element: LayerElement): vscode.TreeItem {
  const { view, index, layer } = element;
  const isQuantized = view.report.recipe !== null;
  const threshold = lowSqnrDb(view.report);
  const grade = gradeOf(layer, threshold);
  const item = new vscode.TreeItem(shownName(layer.name));
  const description = layerDescription(layer, isQuantized);
  item.description = description;
  item.iconPath = iconOf(grade);
  item.resourceUri = gradeUri(grade, threshold, index);
  item.tooltip = tooltipOf(layer);
  item.contextValue = layerKind(layer, view);
  item.command = { command: REVEAL_LAYER, title: vscode.l10n.t("Show Layer"), arguments: [element] };
  item.accessibilityInformation = {
    label: [shownName(layer.name), shownName(layer.op), description, ...gradeText(grade)].join(", "),
  };
  return item;
}

function noticeItem({ error }: NoticeElement): vscode.TreeItem {
  const text = error === null ? vscode.l10n.t("No layer matches the filter") : error.message;
  const item = new vscode.TreeItem(text);
  item.tooltip = text;
  item.iconPath =
    error === null
      ? new vscode.ThemeIcon("filter")
      : new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
  return item;
}

function bytesText({ report }: ModelView): string {
  return vscode.l10n.t("{0} bytes", localNumber(countText(report.totals.bytes)));
}

function lowCount(view: ModelView | undefined): number {
  if (view === undefined) return 0;
  const threshold = lowSqnrDb(view.report);
  return view.report.layers.filter((layer) => isLow(layer, threshold)).length;
}

function lowText(view: ModelView | undefined): string[] {
  const count = lowCount(view);
  if (count === 0) return [];
  return [count === 1 ? vscode.l10n.t("1 layer with low SQNR") : vscode.l10n.t("{0} layers with low SQNR", count)];
}

function markCount(item: vscode.TreeItem, view: ModelView | undefined): void {
  const count = lowCount(view);
  if (count > 0) item.resourceUri = lowCountUri(count);
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

function gradeText(grade: Grade): string[] {
  switch (grade) {
    case "very-low":
      return [vscode.l10n.t("very low")];
    case "low":
      return [vscode.l10n.t("low")];
    case "exact":
    case "float":
    case "good":
      return [];
  }
}

/** Names come out of the model: everything is appended as text. */
function tooltipOf(layer: LayerReport): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown("**").appendText(shownName(layer.name)).appendMarkdown("**\n\n");
  for (const [label, value] of [...layerFigures(layer), ...weightStatistics(layer)]) {
    tooltip.appendMarkdown("- ").appendText(`${label}: ${value}`).appendMarkdown("\n");
  }
  return tooltip;
}
