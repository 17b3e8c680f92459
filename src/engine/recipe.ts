/**
 * Recipes: what a user can ask for. One zod schema is the type, the check of `bitwright.json` and of command-line
 * options, and the published JSON Schema (`media/schemas/bitwright.schema.json`).
 *
 * What a later version brings is refused by name, never ignored.
 */
import { z } from "zod";
import { BitwrightError } from "../protocol/errors";
import { matchesGlob } from "./glob";
import { CLIPS, GRANULARITIES, ROUNDINGS, type SchemeSettings } from "./schemes/scheme";
import { findScheme, schemeIds } from "./schemes/registry";

/** Hostile recipes stay small; a recipe is written by hand. */
const MAX_LAYER_RULES = 10_000;
const MAX_PATTERN_LENGTH = 200;

export const EMITS = ["weights", "report"] as const;
export const WEIGHT_FILES = ["split", "header"] as const;
export const WEIGHT_ORDERS = ["ohwi", "onnx"] as const;

const weightFields = {
  scheme: z.enum(schemeIds() as [string, ...string[]]).describe("How a group of weights becomes codes"),
  bits: z.int().min(1).max(16).describe("Bits per weight"),
  granularity: z.enum(GRANULARITIES).describe("Which weights share a scale"),
  clip: z.enum(CLIPS).describe("What sets the range"),
  rounding: z.enum(ROUNDINGS).describe("half-even is what ONNX QuantizeLinear does"),
};

const weights = z
  .strictObject({
    scheme: weightFields.scheme.default("symmetric"),
    bits: weightFields.bits.default(8),
    granularity: weightFields.granularity.default("channel"),
    clip: weightFields.clip.default("max"),
    rounding: weightFields.rounding.default("half-even"),
  })
  .describe("How weights become integers");

const output = z
  .strictObject({
    directory: z.string().min(1).describe("Folder for the generated files, relative to this file"),
    name: z.string().min(1).max(200).optional().describe("Base name of files and identifiers; the model's file name if left out"),
    emit: z.array(z.enum(EMITS)).min(1).default(["weights"]).describe("What to write"),
    files: z.enum(WEIGHT_FILES).default("split").describe("split: a header and a source file; header: one header with static arrays"),
    order: z.enum(WEIGHT_ORDERS).default("ohwi").describe("Order of codes in the arrays"),
  })
  .describe("What to write where");

export const recipeSchema = z
  .strictObject({
    model: z.string().min(1).describe("ONNX file, relative to this file"),
    weights: weights.prefault({}),
    output,
  })
  .describe("One model, how to quantize it and what to write");

export const recipeFileSchema = z
  .strictObject({
    $schema: z.string().optional(),
    models: z.array(recipeSchema).min(1).max(1_000),
  })
  .meta({ title: "Bitwright recipes", description: "Which ONNX models become integers in C, and how" });

export type Recipe = z.infer<typeof recipeSchema>;
export type RecipeFile = z.infer<typeof recipeFileSchema>;
