/** Quantizes as a report's recipe says, but with other fields. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { Memory } from "../memory";
import { placeInWorkspace, requireTrust } from "../workspace-place";
import { chooseDirectory } from "./output-directory";
import { runRecipe, type RecipeServices } from "./run-recipe";

/** What is quantized again. */
export interface QuantizedModel {
  readonly uri: vscode.Uri;
  /** Of the report, with defaults filled in. */
  readonly recipe: object | null;
  /** Where the recipe's outputs were written, that folder is taken; otherwise it is asked for. */
  readonly wasWritten: boolean;
}

/**
 * @param settings fields of a recipe
 * @throws BitwrightError as `runRecipe`
 */
export async function quantizeWithSettings(
  services: RecipeServices,
  memory: Memory,
  { uri, recipe, wasWritten }: QuantizedModel,
  settings: object,
): Promise<void> {
  requireTrust();
  const { folder, path } = placeInWorkspace(uri);
  const changed = { ...recipe, ...settings, model: path };
  if (wasWritten) {
    await runRecipe(services, uri, changed);
    return;
  }
  const title = vscode.l10n.t("Quantize {0}", shownName(posix.basename(path)));
  const directory = await chooseDirectory(title, folder, memory.directory, { step: 1, totalSteps: 1 });
  if (typeof directory !== "string") return;
  await runRecipe(services, uri, { ...changed, output: { directory, emit: ["weights"] } });
  await memory.rememberDirectory(directory);
}
