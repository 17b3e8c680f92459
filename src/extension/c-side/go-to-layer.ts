/** From a name in C code, or from a question, to a layer. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { ModelView } from "../current-model";
import { layerDescription } from "../layer-text";
import type { KnownLayer, KnownLayers } from "./known-layers";

/** The layer of the name under the cursor; undefined where that is none of a layer's. */
export async function layerAtCursor(layers: KnownLayers): Promise<KnownLayer | undefined> {
  const editor = vscode.window.activeTextEditor;
  const range = editor?.document.getWordRangeAtPosition(editor.selection.active);
  if (editor === undefined || range === undefined) return undefined;
  return layers.find(editor.document, editor.document.getText(range));
}

/** Asks for one of the layers of all reports; undefined where the user left. */
export async function askForLayer(views: readonly ModelView[]): Promise<KnownLayer | undefined> {
  const choices = views.flatMap((view) =>
    view.report.layers.map((layer, index) => ({
      label: shownName(layer.name),
      description: layerDescription(layer, view.report.recipe !== null),
      detail: views.length > 1 ? shownName(posix.basename(view.uri.path)) : "",
      view,
      index,
    })),
  );
  const title = vscode.l10n.t("Go to Layer");
  const placeHolder = choices.length === 0 ? vscode.l10n.t("No layers are known yet: open or quantize a model") : "";
  return vscode.window.showQuickPick(choices, { title, placeHolder, matchOnDescription: true, matchOnDetail: true });
}
