/** What usually follows training: the trained model is an ordinary one, with an ordinary recipe. */
import { resolve } from "node:path";
import * as vscode from "vscode";
import type { TrainingAction } from "../../protocol/training-page";
import type { Trained } from "../../protocol/worker";

export interface ResultServices {
  /** Runs the recipe at an index of a recipe file, and shows what came out. */
  runRecipe(file: vscode.Uri, index: number): Promise<void>;
  /** Shows what the recipe comes to; writes nothing. */
  openReport(file: vscode.Uri, index: number): Promise<void>;
}

/** @throws BitwrightError recipe-missing, recipe-invalid where the recipe file was changed since; what its run throws */
export async function useResult(
  services: ResultServices,
  trained: Trained,
  action: Extract<TrainingAction, "generate" | "open-report" | "open-model">,
): Promise<void> {
  if (action === "open-model") {
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(trained.model));
    return;
  }
  const { readRecipeFile } = await import("../../runtime/recipe-file");
  const { baseDirectory, recipes } = readRecipeFile(trained.recipe);
  const index = recipes.findIndex(({ model }) => resolve(baseDirectory, model) === trained.model);
  const file = vscode.Uri.file(trained.recipe);
  if (action === "generate") await services.runRecipe(file, index);
  else await services.openReport(file, index);
}
