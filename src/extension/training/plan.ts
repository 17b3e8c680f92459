/** What a training run is made of: the worker's request, and what people call it. */
import { join, posix } from "node:path";
import type * as vscode from "vscode";
import { placeInWorkspace } from "../workspace-place";
import { aboutAnswers, trainingRecipe, type TrainingAnswers } from "./answers";
import type { Plan } from "./plan-schema";

export type { Plan } from "./plan-schema";

/**
 * @throws BitwrightError output-outside where the model, or the folder for the trained one, lies outside of the workspace
 */
export async function planOf(uri: vscode.Uri, answers: TrainingAnswers): Promise<Plan> {
  const { folder, path } = placeInWorkspace(uri);
  const { outputFolderInside } = await import("../../runtime/output-folder");
  const directory = outputFolderInside(folder.uri.fsPath, answers.directory);
  return {
    model: uri.toString(),
    about: aboutAnswers(answers),
    request: {
      modelPath: uri.fsPath,
      baseDirectory: folder.uri.fsPath,
      recipe: trainingRecipe(path, trainedName(path, answers.directory), answers),
      settings: answers.settings,
      directory,
    },
  };
}

/** The absolute path that the trained model will have. */
export function trainedPath(uri: vscode.Uri, directory: string): string {
  const { folder, path } = placeInWorkspace(uri);
  return join(folder.uri.fsPath, directory, `${trainedName(path, directory)}.onnx`);
}

/** The model's own name, but in its own folder, where that would replace it. */
function trainedName(path: string, directory: string): string {
  const stem = posix.basename(path).replace(/\.onnx$/i, "");
  return posix.normalize(posix.dirname(path)) === posix.normalize(directory) ? `${stem}-trained` : stem;
}
