/** Finds and reads `bitwright.json`. */
import { closeSync, existsSync, statSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { parseRecipe, parseRecipeFile, type Recipe } from "../engine/recipe";
import { BitwrightError, type ErrorCode } from "../protocol/errors";
import { errnoOf } from "./errno";
import { openRegularFile, readExactly } from "./regular-file";
import { replaceFile } from "./write-artifacts";

export const RECIPE_FILE_NAME = "bitwright.json";

/** Where a new recipe writes to, until its user says otherwise. */
const DEFAULT_OUTPUT_FOLDER = "firmware";

/** A recipe file is written by hand; a larger one is not one. */
const MAX_RECIPE_BYTES = 4 * 1024 * 1024;

/** What is wrong with a recipe, rather than with its model or the disk. */
const RECIPE_CODES = new Set<ErrorCode>([
  "recipe-invalid",
  "not-available",
  "layer-unknown",
  "output-outside",
  "sqnr-too-low",
  "flash-exceeded",
]);

export interface RecipeSet {
  /** Name of the file, for messages. */
  readonly name: string;
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
  const file = recipeFilePath(path);
  const name = basename(file);
  try {
    return { name, baseDirectory: dirname(file), recipes: parseRecipeFile(parseJson(readText(file, name))) };
  } catch (error) {
    throw inFile(name, BitwrightError.from(error));
  }
}

/**
 * An error that the run of one recipe threw, with the recipe's place in its file where the recipe is what is wrong.
 * @param index of the recipe in its file
 */
export function inRecipe({ name }: Pick<RecipeSet, "name">, index: number, thrown: unknown): BitwrightError {
  const error = BitwrightError.from(thrown);
  if (!RECIPE_CODES.has(error.code)) return error;
  const { field } = error.place;
  const place = { ...error.place, field: `models[${index}]${field === undefined ? "" : `.${field}`}` };
  return inFile(name, new BitwrightError(error.code, error.problem, error.remedy, place));
}

function inFile(name: string, { code, problem, remedy, place }: BitwrightError): BitwrightError {
  const field = place.field === undefined ? name : `${name}, ${place.field}`;
  return new BitwrightError(code, problem, remedy, { ...place, field });
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

/**
 * The text of a recipe file as it stands, right or wrong, to point into it.
 * @param path the file, or the folder that holds a `bitwright.json`
 * @returns undefined where it cannot be read
 */
export function recipeFileText(path: string): { readonly path: string; readonly text: string } | undefined {
  const file = recipeFilePath(path);
  try {
    return { path: file, text: readText(file, basename(file)) };
  } catch {
    return undefined;
  }
}

function recipeFilePath(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? resolve(path, RECIPE_FILE_NAME) : resolve(path);
}

function readText(file: string, name: string): string {
  try {
    const opened = openRegularFile(file);
    if (opened === undefined) {
      throw new BitwrightError("recipe-missing", "it is not a file", "Name a recipe file, or its folder");
    }
    try {
      const { size } = opened.stats;
      if (size > MAX_RECIPE_BYTES) {
        const problem = `it is larger than ${MAX_RECIPE_BYTES} bytes`;
        throw new BitwrightError("recipe-invalid", problem, "A recipe file holds recipes alone");
      }
      return new TextDecoder().decode(readExactly(opened.file, 0, size) ?? new Uint8Array());
    } finally {
      closeSync(opened.file);
    }
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
