/** Which files a recipe is made of. */
import { resolve } from "node:path";
import { inputSettings } from "../engine/data/settings";
import type { Recipe } from "../engine/recipe";
import { splitArrayName } from "./datasets/open-samples";

/**
 * Absolute paths of the model and of calibration data and labels, files or folders, whether they exist or not. A model's
 * external data are known only once it was read.
 * @param baseDirectory absolute folder that the recipe's paths are relative to
 */
export function recipeInputs(baseDirectory: string, { model, calibration }: Recipe): string[] {
  const paths = [model];
  if (calibration !== undefined && calibration.random !== true) {
    const { data, labels } = calibration;
    if (typeof data === "string") paths.push(data);
    for (const { path } of inputSettings(calibration)?.values() ?? []) paths.push(path);
    if (labels !== undefined) paths.push(labels);
  }
  return [...new Set(paths.map((path) => resolve(baseDirectory, splitArrayName(path).path)))];
}
