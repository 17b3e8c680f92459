/**
 * Options that stand for fields of a recipe: `--block-size 16` is `weights.blockSize`. Text becomes numbers, lists and truth
 * values here; whether they fit is for the recipe's own check to say.
 */
import { basename, resolve } from "node:path";
import { calibrationSettings } from "../engine/data/settings";
import { parseRecipe, TRANSFORM_FIELDS, type Recipe } from "../engine/recipe";
import { withoutUnread } from "../engine/recipe-limits";
import { SCHEME_OPTION_FIELDS } from "../engine/schemes/options";
import { BitwrightError } from "../protocol/errors";
import { usage } from "./arguments";
import { chosenRecipe } from "./recipe-choice";

const WEIGHT_FIELDS = ["scheme", "bits", "granularity", "clip", "rounding", ...Object.keys(SCHEME_OPTION_FIELDS)];
const CALIBRATION_FIELDS = Object.keys(calibrationSettings.shape);
const OUTPUT_FIELDS = [
  "name",
  "files",
  "order",
  "packing",
  "emit",
  "onnxWeights",
  "requantization",
  "ram",
  "flash",
  "selfTest",
  "build",
  "backend",
  "optimize",
];

/** Paths given on the command line are relative to the working directory, those of a recipe to its file. */
const PATH_FIELDS = new Set(["data", "labels"]);

/** Fields whose text is never a number. */
const TEXT_FIELDS = new Set(["name", ...PATH_FIELDS]);

/** Fields that are lists even of one. */
const LIST_FIELDS = new Set(["emit", "build"]);

const FLAGS = new Set(["zeroComponent", "random"]);

type Value = string | boolean;
/** Options as `parseArgs` returns them. */
export type Values = Readonly<Record<string, Value | Value[] | undefined>>;

/** For `parseArgs`. */
export const RECIPE_OPTIONS = {
  ...optionsFor([...WEIGHT_FIELDS, ...TRANSFORM_FIELDS, ...CALIBRATION_FIELDS, ...OUTPUT_FIELDS]),
  activations: { type: "string" },
  range: { type: "string" },
  concat: { type: "boolean" },
  "input-shape": { type: "string", multiple: true },
  recipe: { type: "string" },
} as const;

export interface GivenRecipe {
  readonly recipe: Recipe;
  /** Folder that the recipe's paths are relative to. */
  readonly baseDirectory: string;
  /** Whether a recipe file says where outputs go. */
  readonly fromFile: boolean;
}

/**
 * The recipe that options describe, on top of the recipe file that `--recipe` names.
 * @throws BitwrightError usage for options that do not fit; what is wrong with the recipe file
 */
export function givenRecipe(model: string, values: Values): GivenRecipe {
  const file = typeof values["recipe"] === "string" ? chosenRecipe(model, values["recipe"]) : undefined;
  const base = file?.recipe;
  const activations = { ...base?.activations, ...activationFields(values) };
  const calibration = { ...base?.calibration, ...fieldsOf(CALIBRATION_FIELDS, values) };
  const recipe = asUsage(() =>
    parseRecipe({
      ...base,
      model: base?.model ?? basename(model),
      ...inputShapes(base?.inputShapes, values["input-shape"]),
      weights: weightFields(base?.weights, values),
      ...fieldsOf(TRANSFORM_FIELDS, values),
      ...(Object.keys(activations).length === 0 ? {} : { activations }),
      ...(Object.keys(calibration).length === 0 ? {} : { calibration }),
      output: { directory: ".", ...base?.output, ...fieldsOf(OUTPUT_FIELDS, values) },
    }),
  );
  return {
    recipe,
    baseDirectory: file?.baseDirectory ?? process.cwd(),
    fromFile: file !== undefined,
  };
}

/**
 * Refuses options that only equalization reads where there is none.
 * @throws BitwrightError usage
 */
export function refuseUnreadTransforms(values: Values, { equalize }: Recipe): void {
  const unread = ["equalize-max", "relu6"].find((name) => values[name] !== undefined);
  if (equalize === "none" && unread !== undefined) throw usage(`--${unread}: it says how to equalize; add --equalize`);
}

/** Options that another scheme than the file's does not read give way with it. */
function weightFields(base: Recipe["weights"] | undefined, values: Values): object {
  const given = fieldsOf(WEIGHT_FIELDS, values);
  if (base === undefined || typeof given["scheme"] !== "string") return { ...base, ...given };
  return { ...withoutUnread({ ...base, scheme: given["scheme"] }), ...given };
}

/** `--activations affine:8`, `--range percentile`, `--concat`. */
function activationFields(values: Values): Record<string, unknown> {
  const { activations, range, concat } = values;
  const fields: Record<string, unknown> = {};
  if (typeof activations === "string") {
    const [scheme, bits = "8", ...rest] = activations.split(":");
    if (rest.length > 0) throw usage(`--activations takes scheme:bits, got "${activations}"`);
    fields["scheme"] = scheme;
    fields["bits"] = scalar(bits);
  }
  if (range !== undefined) fields["range"] = range;
  if (concat !== undefined) fields["concat"] = concat;
  return fields;
}

/** `--input-shape NAME=1,3,32,32`, once for each input. */
function inputShapes(base: Recipe["inputShapes"], given: Values[string]): object {
  if (!Array.isArray(given)) return {};
  const shapes = given.map((item): [string, (number | string)[]] => {
    const text = String(item);
    const at = text.lastIndexOf("=");
    if (at < 1) throw usage(`--input-shape takes NAME=1,3,32,32, got "${text}"`);
    return [
      text.slice(0, at),
      text
        .slice(at + 1)
        .split(",")
        .map(scalar),
    ];
  });
  return { inputShapes: { ...base, ...Object.fromEntries(shapes) } };
}

function fieldsOf(fields: readonly string[], values: Values): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[optionName(field)];
    if (value === undefined) continue;
    given[field] = typeof value === "string" ? parsed(field, value) : value;
  }
  return given;
}

function parsed(field: string, text: string): unknown {
  if (PATH_FIELDS.has(field)) return resolve(text);
  if (LIST_FIELDS.has(field)) return text.split(",");
  if (TEXT_FIELDS.has(field)) return text;
  return text.includes(",") ? text.split(",").map(scalar) : scalar(text);
}

function scalar(text: string): number | string {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** What is wrong with options is bad usage, not a failed run. */
function asUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof BitwrightError)) throw error;
    throw usage(`${shownField(error.place.field ?? "")}: ${error.problem}`);
  }
}

/** The option that stands for a field, or the field where none does. */
function shownField(field: string): string {
  if (field.startsWith("inputShapes")) return "--input-shape";
  if (/^activations(\.(scheme|bits))?$/.test(field)) return "--activations";
  const name = /^(?:(?:weights|output|calibration|activations)\.)?(\w+)/.exec(field)?.[1];
  return name !== undefined && Object.hasOwn(RECIPE_OPTIONS, optionName(name)) ? `--${optionName(name)}` : field;
}

function optionsFor(fields: readonly string[]): Record<string, { type: "string" | "boolean" }> {
  return Object.fromEntries(
    fields.map((field) => [optionName(field), { type: FLAGS.has(field) ? "boolean" : "string" }]),
  );
}

/** blockSize → block-size */
function optionName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
