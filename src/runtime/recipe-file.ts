/** Finds and reads `bitwright.json`. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { parseRecipe, parseRecipeFile, type Recipe } from "../engine/recipe";
import { BitwrightError } from "../protocol/errors";
import { errnoOf } from "./errno";
import { replaceFile } from "./write-artifacts";

export const RECIPE_FILE_NAME = "bitwright.json";

/** Where a new recipe writes to, until its user says otherwise. */
const DEFAULT_OUTPUT_FOLDER = "firmware";

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

/**
 * Adds a recipe to a recipe file, which is made where there is none; an entry for the same model gives way.
 * @param path the file, or the folder that is to hold a `bitwright.json`
 * @param modelPath the model, absolute or relative to the working directory
 * @param make the entry, from the model's path relative to the file, and the usual output folder
 * @returns the absolute path of the file
 * @throws BitwrightError recipe-invalid, where the file is not one; output-failed, where it cannot be written
 */
export function writeRecipeFile(
  path: string,
  modelPath: string,
  make: (model: string, directory: string) => object,
): string {
  const file = recipeFilePath(path);
  const model = relative(dirname(file), resolve(modelPath)).replaceAll(sep, "/");
  const entry = make(model, DEFAULT_OUTPUT_FOLDER);
  parseRecipe(entry);
  const { models, ...rest } = existsSync(file) ? readEntries(file) : { models: [] };
  const kept = models.filter((other) => modelOf(other) !== model);
  const text = `${JSON.stringify({ ...rest, models: [...kept, entry] }, null, 2)}\n`;
  replaceFile(file, new TextEncoder().encode(text));
  return file;
}

/** A recipe file as it stands, checked. */
function readEntries(file: string): { readonly models: readonly unknown[] } {
  readRecipeFile(file);
  const content = parseJson(readText(file, basename(file)));
  const isRecipeFile = typeof content === "object" && content !== null && "models" in content;
  return isRecipeFile && Array.isArray(content.models) ? { ...content, models: content.models } : { models: [] };
}

function modelOf(entry: unknown): unknown {
  return typeof entry === "object" && entry !== null && "model" in entry ? entry.model : undefined;
}

function recipeFilePath(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? resolve(path, RECIPE_FILE_NAME) : resolve(path);
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
