/**
 * A comparison of equalizations: what each costs every layer and the whole network, with and without bias correction, as plain
 * data. Published as `media/schemas/equalization-comparison.schema.json`.
 */
import * as z from "zod";
import { modelNoiseSchema } from "./noise";

/** Raised whenever a reader of the older version could misread the newer one. */
export const EQUALIZATION_COMPARISON_VERSION = 1;

const count = z.int().min(0);
const decibels = z.number().nullable();

/** What an SQNR of a layer is about. */
export const QUANTITIES = ["weights", "activations", "both"] as const;
export type Quantity = (typeof QUANTITIES)[number];

const ratios = z
  .strictObject({ weights: decibels, activations: decibels, both: decibels })
  .describe("SQNR in dB with the weights, the output, or both quantized; null where exact");

const variant = z.strictObject({
  label: z.string().describe("none, dead channels, one-step, two-step or cle"),
  settings: z.record(z.string(), z.unknown()).describe("As in a recipe"),
  layers: z.array(ratios).describe("Of single layers, in the order of the comparison's; before bias correction"),
  mean: ratios.describe("Over the layers that are not exact"),
  deadChannels: count.describe("Channels that never change, folded into zero weights and biases"),
  left: z.array(z.strictObject({ layer: z.string(), reason: z.string() })).describe("Layers that were not equalized"),
  relativeDifference: z.number().describe("Of the float model's outputs before and after the transforms"),
  outcomes: z
    .array(
      z.strictObject({
        biasCorrection: z.enum(["none", "empirical", "analytic", "distilled"]),
        model: modelNoiseSchema,
      }),
    )
    .describe("What the whole quantized network loses"),
});

export const equalizationComparisonSchema = z
  .strictObject({
    generator: z.strictObject({ name: z.literal("bitwright"), version: z.string() }),
    version: z.literal(EQUALIZATION_COMPARISON_VERSION),
    model: z.strictObject({ name: z.string(), sha256: z.string() }),
    recipe: z.record(z.string(), z.unknown()).describe("What was asked for; the settings of a variant win"),
    layers: z.array(
      z.strictObject({
        name: z.string(),
        op: z.string(),
        boundDb: decibels.describe("SQNR of both if every channel had the dominant channel's range"),
      }),
    ),
    meanBoundDb: decibels,
    variants: z.array(variant),
    notes: z.array(z.string()),
  })
  .meta({
    title: "Bitwright comparison of equalizations",
    description: "What equalization and bias correction do to the noise of one ONNX model",
  });

export type EqualizationComparison = z.infer<typeof equalizationComparisonSchema>;
export type EqualizationVariant = EqualizationComparison["variants"][number];
export type LayerRatios = EqualizationVariant["mean"];
