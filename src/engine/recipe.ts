/**
 * Recipes: what a user can ask for. One zod schema is the type, the check of `bitwright.json` and of command-line
 * options, and the published JSON Schema (`media/schemas/bitwright.schema.json`, written by `npm run schemas`).
 *
 * What Bitwright will bring later is refused by name, never ignored.
 */
import * as z from "zod";
import { BitwrightError, shownName } from "../protocol/errors";
import { ACTIVATION_SCHEMES } from "./activations/parameters";
import { RANGE_RULES } from "./activations/ranges";
import { calibrationSettings } from "./data/settings";
import { BACKENDS, OPTIMIZATIONS } from "./emit/inference/emission";
import { BUILDS } from "./emit/build-systems/description";
import { PACKINGS } from "./emit/code-storage";
import { BIAS_BITS } from "./emit/fixed-point";
import { matchesGlob } from "./glob";
import { LAYER_OPERATORS, type Layer } from "./graph/layer";
import { checkBackend, withBackendRequantization } from "./recipe-backend";
import { checkScheme, DEFAULT_ROUNDING, refuseUnread } from "./recipe-limits";
import { checked } from "./recipe-problems";
import { ROUNDING_MODES } from "./program/arithmetic/fit-requantization";
import { DEAD_CHANNEL_MODES } from "./transforms/dead-channels";
import { BIAS_CORRECTIONS } from "./transforms/bias-correction";
import { CLIP_MODES, DEFAULT_EQUALIZATION, EQUALIZATION_METHODS } from "./transforms/equalization";
import { SCHEME_OPTION_FIELDS } from "./schemes/options";
import { findScheme, schemeIds, usualGranularity } from "./schemes/registry";
import { CLIPS, GRANULARITIES, ROUNDINGS, type SchemeSettings } from "./schemes/scheme";

export const EMITS = ["weights", "inference", "onnx", "report"] as const;
export const WEIGHT_FILES = ["split", "header"] as const;
export const WEIGHT_ORDERS = ["ohwi", "onnx"] as const;

/** Fields that say what is done to the float model before it is quantized, and to the biases after. */
export const TRANSFORM_FIELDS = [
  "equalize",
  "equalizeMax",
  "relu6",
  "deadChannels",
  "biasCorrection",
  "biasBits",
] as const;

/** A pattern is written by hand; a longer one is hostile. */
const MAX_PATTERN_LENGTH = 500;

/** Samples in one C file; more would be a data set. */
const MAX_SELF_TEST = 1000;

/** Of inputs; what a network with them would take is checked where it is laid out. */
const MAX_DIMENSION = 2 ** 24;
const MAX_RANK = 8;

/** Two for each of so many groups of weights as the largest layers of the target have blocks. */
const MAX_PARAMETERS = 2 ** 22;

const scheme = z.enum(schemeIds()).describe("How a group of weights becomes codes");
const bits = z.int().min(1).max(16).describe("Bits per weight");
const granularity = z.enum(GRANULARITIES).describe("Which weights share a scale");
const clip = z.enum(CLIPS).describe("What sets the range of a group");
const rounding = z.enum(ROUNDINGS).describe("half-even is what ONNX QuantizeLinear does");

const weightSettings = z
  .strictObject({
    scheme: scheme.default("symmetric"),
    bits: bits.default(8),
    granularity: granularity
      .default("channel")
      .describe("Which weights share a scale; what is usual for the scheme where left out"),
    clip: clip.default("max"),
    rounding: rounding.default(DEFAULT_ROUNDING),
    ...SCHEME_OPTION_FIELDS,
  })
  .describe("How weights become integers");

const layerRule = z
  .strictObject({
    scheme: scheme.exactOptional(),
    bits: bits.exactOptional(),
    granularity: granularity.exactOptional(),
    clip: clip.exactOptional(),
    rounding: rounding.exactOptional(),
    ...SCHEME_OPTION_FIELDS,
    parameters: z
      .array(z.number())
      .min(1)
      .max(MAX_PARAMETERS)
      .exactOptional()
      .describe("What the scheme takes in place of what it would find: written by training with the model's weights"),
    keep: z.literal("float").exactOptional().describe("Leave these layers in float: no codes are written for them"),
  })
  .describe("What differs from `weights`");

const activationSettings = z
  .strictObject({
    scheme: z.enum(ACTIVATION_SCHEMES).default("affine").describe("How values between layers become codes"),
    bits: z.int().min(1).max(16).default(8).describe("Bits per value"),
    range: z.enum(RANGE_RULES).default("max").describe("What sets the range of a value, from what calibration saw"),
    percentile: z
      .number()
      .gt(50)
      .max(100)
      .exactOptional()
      .describe("range percentile: share of the values, in percent, that each end leaves inside; 99.99 where left out"),
    concat: z.boolean().default(false).describe("Concat's inputs share the parameters of its output"),
    outputs: z
      .enum(["codes", "float"])
      .exactOptional()
      .describe("float: the model's outputs get no codes; codes where left out"),
    ranges: z
      .record(z.string(), z.tuple([z.number(), z.number()]))
      .exactOptional()
      .describe("Least and largest of values by name, in place of what calibration finds: written by training"),
  })
  .describe("How activations become integers; needs calibration data");

const output = z
  .strictObject({
    directory: z.string().min(1).describe("Folder for the generated files, relative to this file and below its folder"),
    name: z
      .string()
      .min(1)
      .max(200)
      .exactOptional()
      .describe("Base name of files and identifiers; the model's file name where left out"),
    emit: z.array(z.enum(EMITS)).min(1).default(["weights"]).describe("What to write"),
    files: z.enum(WEIGHT_FILES).default("split").describe("split: a header and a source; header: one header alone"),
    packing: z
      .enum(PACKINGS)
      .default("dense")
      .describe("dense: codes of other widths than 8 and 16 bits fill bytes completely; none: one integer a code"),
    order: z.enum(WEIGHT_ORDERS).default("ohwi").describe("Order of the codes in the arrays"),
    onnxWeights: z
      .enum(["bytes", "packed"])
      .default("bytes")
      .describe("emit onnx: codes of 4 and 2 bits in bytes, or in ONNX types of that width (opset 21 and 25)"),
    requantization: z
      .enum(ROUNDING_MODES)
      .default("onnxruntime")
      .describe("emit inference: how sums become codes, as ONNX Runtime, TensorFlow Lite or CMSIS-NN do it"),
    backend: z
      .enum(BACKENDS)
      .default("portable")
      .describe("emit inference: kernels in the file itself, or calls of CMSIS-NN where it computes the same"),
    optimize: z
      .enum(OPTIMIZATIONS)
      .default("speed")
      .describe("emit inference: speed: inner loops for each form of convolution; size: one loop for all"),
    ram: z.int().min(1).exactOptional().describe("emit inference: bytes that the arena may take"),
    flash: z.int().min(1).exactOptional().describe("emit inference: bytes that constants may take"),
    selfTest: z
      .int()
      .min(1)
      .max(MAX_SELF_TEST)
      .exactOptional()
      .describe("emit inference: samples of the calibration data that a self-test in the C file runs"),
    build: z
      .array(z.enum(BUILDS))
      .default([])
      .describe("Build files for the generated C: a CMake or make file to include, or a note on where files go"),
  })
  .describe("What to write, and where");

export const recipeSchema = z
  .strictObject({
    model: z.string().min(1).describe("ONNX file, relative to this file"),
    inputShapes: z
      .record(z.string(), z.array(z.int().min(1).max(MAX_DIMENSION)).min(1).max(MAX_RANK))
      .exactOptional()
      .describe("Dimensions of inputs by name, the batch first: what the model leaves open becomes what is given"),
    weights: weightSettings.prefault({}),
    activations: activationSettings.exactOptional(),
    calibration: calibrationSettings.exactOptional(),
    equalize: z
      .enum(["none", ...EQUALIZATION_METHODS])
      .default("none")
      .describe("Scale channels across layers so that one scale a tensor suits them all; needs calibration data"),
    equalizeMax: z
      .number()
      .min(1)
      .max(1e6)
      .default(DEFAULT_EQUALIZATION.maxScale)
      .describe("Largest amplification of a channel"),
    relu6: z
      .enum(CLIP_MODES)
      .default(DEFAULT_EQUALIZATION.clip)
      .describe("exact: the bounds of ReLU6 follow the scales of the channels; paper: they stay, and limit them"),
    deadChannels: z
      .enum(DEAD_CHANNEL_MODES)
      .exactOptional()
      .describe(
        "fold: channels that never change on the calibration data become zero weights and biases; with equalize the default",
      ),
    biasCorrection: z
      .enum(["none", ...BIAS_CORRECTIONS])
      .default("none")
      .describe("Biases take back the shift that quantized weights make; needs calibration data"),
    biasBits: z
      .literal(BIAS_BITS)
      .exactOptional()
      .describe("Bits of a bias; 16 rounds the biases of a layer to one power of two. 32 where left out"),
    operators: z
      .partialRecord(z.enum(LAYER_OPERATORS), layerRule)
      .default({})
      .describe("Rules by ONNX operator; they win over `weights`"),
    layers: z
      .record(z.string().min(1).max(MAX_PATTERN_LENGTH), layerRule)
      .default({})
      .describe("Rules by layer name, * and ? allowed; later ones win, and all win over `operators`"),
    minSqnrDb: z
      .number()
      .min(0)
      .max(1_000)
      .exactOptional()
      .describe("The run fails, and writes nothing, where the weights of any quantized layer keep a lower SQNR, in dB"),
    maxFlashBytes: z
      .int()
      .min(1)
      .exactOptional()
      .describe("The run fails, and writes nothing, where weights, scales and biases take more bytes of flash"),
    output,
  })
  .describe("One model, how it is quantized and what is written");

export const recipeFileSchema = z
  .strictObject({
    $schema: z.string().optional(),
    models: z.array(recipeSchema).min(1).max(1_000).describe("One recipe per model and target"),
  })
  .meta({ title: "Bitwright recipes", description: "Which ONNX models become integers in C, and how" });

export type Recipe = z.infer<typeof recipeSchema>;

/** Fields and values of the recipe format that this version does not carry out yet: none. */
const LATER = new Set<string>();

export type ActivationChoice = NonNullable<Recipe["activations"]>;

/**
 * Checks one recipe and fills in its defaults.
 * @param value as parsed from JSON, or as put together from options
 * @param path where it stands, for messages: `models[2]`, or empty
 * @throws BitwrightError recipe-invalid naming the field, not-available for what is to come
 */
export function parseRecipe(value: unknown, path = ""): Recipe {
  const recipe = checked(recipeSchema, withBackendRequantization(withUsualGranularity(value)), path, LATER);
  const label = (field: string): string => (path === "" ? field : `${path}.${field}`);
  checkScheme(recipe.weights, label("weights"));
  refuseUnread(recipe.weights, namesIn(value, "weights"), label("weights"));
  checkActivations(recipe, label);
  checkBackend(recipe, label);
  const rules = [
    ...Object.entries(recipe.operators).map(([name, rule]) => ({ rule, place: label(`operators.${name}`) })),
    ...Object.entries(recipe.layers).map(([name, rule]) => ({ rule, place: label(`layers["${shownName(name)}"]`) })),
  ];
  for (const { rule, place } of rules) {
    const settings = withRule(recipe.weights, rule);
    checkScheme(settings, place);
    if (rule.scheme !== undefined) refuseUnread(settings, Object.keys(rule), place);
  }
  return recipe;
}

/** Weights that name a scheme and no granularity have the one that is usual for the scheme. */
function withUsualGranularity(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("weights" in value)) return value;
  const { weights } = value;
  if (typeof weights !== "object" || weights === null || !("scheme" in weights) || "granularity" in weights)
    return value;
  const scheme = findScheme(String(weights.scheme));
  return scheme === undefined ? value : { ...value, weights: { ...weights, granularity: usualGranularity(scheme) } };
}

/** The settings with what a rule changes; a scheme that does not work with the granularity so far brings its usual one. */
function withRule(settings: SchemeSettings, rule: Partial<SchemeSettings>): SchemeSettings {
  const changed = { ...settings, ...rule };
  const scheme = findScheme(changed.scheme);
  if (scheme === undefined || rule.granularity !== undefined) return changed;
  return scheme.granularities.includes(changed.granularity)
    ? changed
    : { ...changed, granularity: usualGranularity(scheme) };
}

/** Names that are written in a field, before defaults are filled in. */
function namesIn(value: unknown, field: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  const content: unknown = Object.entries(value).find(([name]) => name === field)?.[1];
  return typeof content === "object" && content !== null ? Object.keys(content) : [];
}

/**
 * Checks a recipe's `weights` alone and fills in their defaults.
 * @throws BitwrightError recipe-invalid naming the field
 */
export function parseWeightSettings(value: unknown): SchemeSettings {
  return parseRecipe({ model: "-", weights: value, output: { directory: "-" } }).weights;
}

/**
 * Checks the content of a recipe file.
 * @returns its recipes, defaults filled in, in the order of the file
 * @throws BitwrightError recipe-invalid, not-available
 */
export function parseRecipeFile(value: unknown): Recipe[] {
  const shape = z.strictObject({ $schema: z.string().optional(), models: z.array(z.unknown()).min(1).max(1_000) });
  return checked(shape, value, "", LATER).models.map((recipe, index) => parseRecipe(recipe, `models[${index}]`));
}

/** Base name of a recipe's outputs, before it becomes part of file names and identifiers. */
export function outputBaseName({ output: { name } }: Recipe, modelName: string): string {
  return name ?? modelName.replace(/\.onnx$/i, "");
}

/** What applies to one layer: its settings, or that it stays float. */
export type LayerChoice = { readonly keep: "float" } | { readonly keep: "codes"; readonly settings: SchemeSettings };

/**
 * The rules of a recipe that apply to a layer, merged: `weights`, then its operator's, then every matching name rule in order.
 * @throws BitwrightError recipe-invalid where the merged rules contradict each other
 */
export function choiceFor(recipe: Recipe, layer: Pick<Layer, "name" | "op">): LayerChoice {
  const rules = [
    recipe.operators[layer.op] ?? {},
    ...Object.entries(recipe.layers)
      .filter(([pattern]) => pattern === layer.name || matchesGlob(pattern, layer.name))
      .map(([, rule]) => rule),
  ];
  let settings: SchemeSettings = recipe.weights;
  let keep = false;
  for (const rule of rules) {
    const { keep: keepFloat, ...changes } = rule;
    settings = withRule(settings, changes);
    keep = keepFloat === "float" || (keep && Object.keys(changes).length === 0);
  }
  if (keep) return { keep: "float" };
  checkScheme(settings, `layers["${shownName(layer.name)}"]`);
  return { keep: "codes", settings };
}

/**
 * Every name rule must match a layer: a rule that matches none is a typing error that would go unseen.
 * @throws BitwrightError layer-unknown
 */
export function checkLayerRules(recipe: Recipe, layers: readonly Pick<Layer, "name">[]): void {
  for (const pattern of Object.keys(recipe.layers)) {
    if (layers.some(({ name }) => pattern === name || matchesGlob(pattern, name))) continue;
    const known = layers.slice(0, 5).map(({ name }) => `"${shownName(name)}"`);
    throw new BitwrightError(
      "layer-unknown",
      `"${shownName(pattern)}" matches no layer of the model`,
      `Its layers are ${known.join(", ")}${layers.length > 5 ? ` and ${layers.length - 5} more` : ""}`,
      { field: `layers["${shownName(pattern)}"]` },
    );
  }
}

/** `ceil` takes any width; the others those that ONNX and C store. */
function checkActivations({ activations }: Recipe, label: (field: string) => string): void {
  if (activations === undefined || activations.scheme === "ceil") return;
  if (activations.bits === 8 || activations.bits === 16) return;
  throw new BitwrightError(
    "recipe-invalid",
    `activations of scheme ${activations.scheme} have 8 or 16 bits, got ${activations.bits}`,
    "Choose one of them, or the scheme ceil",
    { field: label("activations.bits") },
  );
}
