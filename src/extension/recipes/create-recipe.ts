/** From the last quantization to a recipe in the workspace's recipe file. */
import * as vscode from "vscode";
import { withoutDefaults } from "../../engine/recipe-without-defaults";
import { BitwrightError } from "../../protocol/errors";
import { writeRecipeFile } from "../../runtime/recipe-file";
import { mayReplace } from "../compare/carry-out";
import type { ModelView } from "../current-model";
import { placeInWorkspace, requireTrust } from "../workspace-place";

/**
 * Adds what the model was last quantized with to the `bitwright.json` of its workspace folder.
 * @returns that file; undefined where the user left
 * @throws BitwrightError not-available without trust, or where nothing was quantized; output-outside; recipe-invalid;
 *   output-failed
 */
export async function createRecipe(quantized: ModelView | undefined): Promise<vscode.Uri | undefined> {
  requireTrust(vscode.l10n.t("a recipe is written into the workspace"));
  const recipe = quantized?.report.recipe;
  if (quantized === undefined || recipe === null || recipe === undefined) {
    throw new BitwrightError(
      "not-available",
      "no model was quantized in this workspace yet",
      "Run Bitwright: Quantize Model… first",
    );
  }
  const { folder, path } = placeInWorkspace(quantized.uri);
  if (!(await mayReplace(folder, path))) return undefined;
  const file = writeRecipeFile(folder.uri.fsPath, quantized.uri.fsPath, (model) =>
    withoutDefaults({ ...recipe, model }),
  );
  return vscode.Uri.file(file);
}
