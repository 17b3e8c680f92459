/** Finds and reads `bitwright.json`. */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parseRecipeFile, type Recipe } from "../engine/recipe";
import { BitwrightError } from "../protocol/errors";
import { errnoOf } from "./errno";

export const RECIPE_FILE_NAME = "bitwright.json";

/** A recipe file is written by hand; a larger one is not one. */
const MAX_RECIPE_BYTES = 4 * 1024 * 1024;

export interface RecipeSet {
  /** Absolute folder that the recipes' paths are relative to. */
  readonly baseDirectory: string;
  readonly recipes: readonly Recipe[];
}

/**
 * Reads and checks a recipe file.
 * @param path the file, or the folder that holds a `bitwright.json`
 * @throws BitwrightError recipe-missing, recipe-invalid, not-available
 */
export function readRecipeFile(path: string): RecipeSet {
  const file =
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? resolve(path, RECIPE_FILE_NAME) : resolve(path);
  const name = basename(file);
  try {
    return { baseDirectory: dirname(file), recipes: parseRecipeFile(parseJson(readText(file, name))) };
  } catch (error) {
    if (!(error instanceof BitwrightError)) throw error;
    throw new BitwrightError(error.code, error.problem, error.remedy, {
      ...error.place,
      field: error.place.field === undefined ? name : `${name}, ${error.place.field}`,
    });
  }
}

function readText(file: string, name: string): string {
  try {
    if (statSync(file).size > MAX_RECIPE_BYTES) {
      throw new BitwrightError(
        "recipe-invalid",
        `it is larger than ${MAX_RECIPE_BYTES} bytes`,
        "A recipe file holds recipes alone",
      );
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof BitwrightError) throw error;
    throw errnoOf(error) === "ENOENT"
      ? new BitwrightError("recipe-missing", `there is no ${name} in ${dirname(file)}`, "Make one, or name its folder")
      : new BitwrightError("recipe-missing", `it cannot be read (${errnoOf(error)})`, "Check its permissions");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new BitwrightError(
      "recipe-invalid",
      `it is not JSON: ${error instanceof Error ? error.message : ""}`,
      "Correct it",
    );
  }
}
