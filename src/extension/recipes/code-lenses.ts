/** Run, compare and report above every recipe of a recipe file. */
import { dirname, resolve } from "node:path";
import * as vscode from "vscode";
import type { CommandId } from "../identifiers";

const RUN: CommandId = "bitwright.runRecipes";
const COMPARE: CommandId = "bitwright.compareSchemes";
const REPORT: CommandId = "bitwright.openRecipeReport";

export class RecipeCodeLenses implements vscode.CodeLensProvider {
  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const { RecipeText } = await import("../../runtime/recipe-text");
    const recipes = new RecipeText(document.getText());
    return recipes.recipes.flatMap(({ offset, index, model }) => {
      if (model === null) return [];
      const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset));
      const modelUri = vscode.Uri.file(resolve(dirname(document.uri.fsPath), model));
      const place = [document.uri, index];
      return [
        { title: vscode.l10n.t("$(play) Run"), command: RUN, arguments: place },
        { title: vscode.l10n.t("Compare"), command: COMPARE, arguments: [modelUri] },
        { title: vscode.l10n.t("Open Report"), command: REPORT, arguments: place },
      ].map((command) => new vscode.CodeLens(range, command));
    });
  }
}
