/** Jobs around calibration data: what a folder offers, and what a recipe costs a model on them. */
import { resolve } from "node:path";
import { modelInput } from "../engine/data/dataset";
import type { Recipe } from "../engine/recipe";
import type { DatasetCandidate } from "../protocol/dataset-candidate";
import type { EqualizationComparison } from "../protocol/equalization-comparison";
import type { Report } from "../protocol/report";
import { findDatasetCandidates } from "./dataset-candidates";
import { compareEqualizationsOf, inspectModel, runOnFile, type Progress } from "./jobs";

/**
 * Runs one recipe; writes nothing, and the report lists no outputs.
 * @param baseDirectory absolute folder that the recipe's paths are relative to
 * @param sensitivity measure what each layer alone costs the model's output, too
 * @throws BitwrightError data-*, runtime-missing, and as `runOnFile`
 */
export async function analyzeModel(
  baseDirectory: string,
  recipe: Recipe,
  sensitivity: boolean,
  progress?: Progress,
): Promise<Report> {
  const model = resolve(baseDirectory, recipe.model);
  const { report } = await runOnFile(model, recipe, { baseDirectory, sensitivity, progress });
  return { ...report, artifacts: [] };
}

/**
 * Tries every equalization on a recipe's calibration data.
 * @param baseDirectory absolute folder that the recipe's paths are relative to
 * @throws BitwrightError as `compareEqualizationsOf`
 */
export function compareEqualizationsIn(
  baseDirectory: string,
  recipe: Recipe,
  progress?: Progress,
): Promise<EqualizationComparison> {
  return compareEqualizationsOf(resolve(baseDirectory, recipe.model), recipe, { baseDirectory, progress });
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
