/** The figures of a layer over the names of its arrays and functions, in generated C and in the code that uses it. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { CommandId } from "../identifiers";
import { layerFigures } from "../layer-text";
import type { KnownLayer, KnownLayers } from "./known-layers";

const GO_TO_LAYER: CommandId = "bitwright.goToLayer";

/** Characters that hold the banner of a generated file. */
const BANNER_LENGTH = 1_000;

export class LayerHover implements vscode.HoverProvider {
  constructor(private readonly layers: KnownLayers) {}

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    const range = document.getWordRangeAtPosition(position);
    if (range === undefined) return undefined;
    const identifier = document.getText(range);
    const found = await this.layers.find(document, identifier);
    return found && new vscode.Hover(hoverText(found, identifier, document), range);
  }
}

/** Names come out of the model: everything is appended as text. */
function hoverText(
  { view, index }: KnownLayer,
  identifier: string,
  document: vscode.TextDocument,
): vscode.MarkdownString {
  const { model, layers } = view.report;
  const text = new vscode.MarkdownString("", true);
  text.isTrusted = { enabledCommands: [GO_TO_LAYER] };
  text.appendMarkdown("**").appendText(shownName(layers[index].name)).appendMarkdown("** · ");
  text.appendText(shownName(posix.basename(view.uri.path)));
  const place = encodeURIComponent(JSON.stringify([document.uri.toString(), identifier]));
  text.appendMarkdown(" · [$(graph) ").appendText(vscode.l10n.t("Show in report"));
  text.appendMarkdown(`](command:${GO_TO_LAYER}?${place})\n\n`);
  for (const [label, value] of layerFigures(layers[index])) {
    text.appendMarkdown("- ").appendText(`${label}: ${value}`).appendMarkdown("\n");
  }
  if (view.files.includes(document.uri.fsPath) && !isOfModel(document, model.sha256)) {
    text.appendMarkdown("\n$(warning) ");
    text.appendText(vscode.l10n.t("This file was made from another version of the model.")).appendMarkdown("\n");
  }
  return text;
}

/** Whether the banner names the model. */
function isOfModel(document: vscode.TextDocument, sha256: string): boolean {
  const opening = new vscode.Range(document.positionAt(0), document.positionAt(BANNER_LENGTH));
  return document.getText(opening).includes(sha256);
}
