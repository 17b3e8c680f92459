/** The models of the workspace. */
import * as vscode from "vscode";

export const MODEL_FILES = "**/*.onnx";

/** Installed packages and version control hold models that are nobody's work, and thousands of files. */
const NOT_IN = "**/{node_modules,.git,.venv,site-packages}/**";

/** More are not looked through one by one. */
const MAX_MODELS = 1_000;

/**
 * In the order of their paths.
 * @param pattern of a workspace folder; all of the workspace where left out
 */
export async function findModels(
  pattern: vscode.GlobPattern = MODEL_FILES,
  limit: number = MAX_MODELS,
): Promise<vscode.Uri[]> {
  const models = await vscode.workspace.findFiles(pattern, NOT_IN, limit);
  return models.sort((a, b) => a.path.localeCompare(b.path));
}
