/** Jobs around calibration data: what a folder offers, and what a recipe costs a model on them. */
import { resolve } from "node:path";
import { modelInput } from "../engine/data/dataset";
import type { Recipe } from "../engine/recipe";
import type { DatasetCandidate } from "../protocol/dataset-candidate";
import type { Report } from "../protocol/report";
import { findDatasetCandidates } from "./dataset-candidates";
import { inspectModel, runOnFile, type Progress } from "./jobs";

/**
 * Runs one recipe with the sensitivity of every layer; writes nothing, and the report lists no outputs.
 * @param baseDirectory absolute folder that the recipe's paths are relative to
 * @throws BitwrightError data-*, runtime-missing, and as `runOnFile`
 */
export async function analyzeModel(baseDirectory: string, recipe: Recipe, progress?: Progress): Promise<Report> {
  const model = resolve(baseDirectory, recipe.model);
  const { report } = await runOnFile(model, recipe, { baseDirectory, sensitivity: true, progress });
  return { ...report, artifacts: [] };
}

/**
 * What in a folder fits an input of a model.
 * @param folder absolute
 * @throws BitwrightError as `inspectModel`; data-invalid where the model takes what no file holds
 */
export async function findData(folder: string, modelPath: string, progress?: Progress): Promise<DatasetCandidate[]> {
  const { model } = await inspectModel(modelPath, progress);
  return findDatasetCandidates(folder, model.inputs.map(modelInput));
}
