/** Another treatment of one layer: written into the recipe that its figures are of, or carried out where there is none. */
import * as vscode from "vscode";
import { parseRecipe } from "../../engine/recipe";
import { findScheme } from "../../engine/schemes/registry";
import { BitwrightError, shownName } from "../../protocol/errors";
import { recipeWithLayerChange, withLayerChange, type LayerChange } from "../../runtime/recipe-edit";
import { RecipeText } from "../../runtime/recipe-text";
import { runRecipe, type RecipeServices } from "../quantize/run-recipe";
import type { RecipeTarget } from "../regenerate/recipe-target";
import { changeBetween } from "../text-edit";
import { requireTrust } from "../workspace-place";
import { RecipeElement, type LayerElement } from "./elements";

export interface LayerActionServices {
  readonly quantizing: RecipeServices;
  /** Runs a recipe of a file, by its index. */
  readonly runRecipe: (file: vscode.Uri, index: number) => Promise<void>;
}

/** Asks how many bits the layer's weights are to have. Undefined where the user left. */
export async function askBits({ layer }: LayerElement): Promise<number | undefined> {
  const scheme = findScheme(layer.scheme);
  if (scheme === undefined) return undefined;
  const widths = Array.from({ length: scheme.maxBits - scheme.minBits + 1 }, (_, index) => scheme.minBits + index);
  const choices = widths.map((bits) => ({
    label: bits === 1 ? vscode.l10n.t("1 bit") : vscode.l10n.t("{0} bits", bits),
    description: bits === layer.bits ? vscode.l10n.t("now") : "",
    bits,
  }));
  const title = vscode.l10n.t("Bits of {0}", shownName(layer.name));
  const chosen = await vscode.window.showQuickPick(choices, { title, placeHolder: vscode.l10n.t("Bits per weight") });
  return chosen?.bits;
}

/**
 * @throws BitwrightError not-available without trust, or where the recipe's text is not what was measured; what a run throws
 */
export async function changeLayer(
  { quantizing, runRecipe: run }: LayerActionServices,
  { parent, layer, view }: LayerElement,
  change: LayerChange,
): Promise<void> {
  requireTrust();
  if (parent instanceof RecipeElement) {
    const { target } = parent.status;
    await editRecipe(target, (text) => withLayerChange(text, target.index, layer, change));
    await run(vscode.Uri.file(target.file), target.index);
    return;
  }
  const { recipe } = view.report;
  if (recipe === null) {
    throw new BitwrightError(
      "not-available",
      "this model was not quantized yet",
      "Run Bitwright: Quantize Model… first",
    );
  }
  await runRecipe(quantizing, view.uri, recipeWithLayerChange(recipe, layer, change));
}

/** Changes a recipe's text in its editor, so that it can be undone, and saves it. */
async function editRecipe(target: RecipeTarget, change: (text: string) => string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(target.file));
  const text = document.getText();
  const value = new RecipeText(text).recipes.at(target.index)?.value;
  if (JSON.stringify(parseRecipe(value)) !== JSON.stringify(target.recipe)) {
    throw new BitwrightError(
      "not-available",
      "the recipe was edited, and these layers are of what it was before",
      "Save the recipe file and try again",
    );
  }
  const { start, end, text: inserted } = changeBetween(text, change(text));
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), inserted);
  if (await vscode.workspace.applyEdit(edit)) await document.save();
}
