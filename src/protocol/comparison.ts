/**
 * A comparison: what every candidate scheme would cost every layer of one model, as plain data.
 * Published as `media/schemas/comparison.schema.json`.
 */
import * as z from "zod";

/** Raised whenever a reader of the older version could misread the newer one. */
export const COMPARISON_VERSION = 1;

const count = z.int().min(0);

const cell = z.strictObject({
  sqnrDb: z.number().nullable().describe("SQNR of the codes in dB; null where exact"),
  exact: z.boolean(),
  bytes: count.describe("Flash of weights, scales and biases"),
});

const layer = z.strictObject({
  name: z.string(),
  op: z.string(),
  parameters: count,
  floatBytes: count,
  sharedWith: z
    .string()
    .nullable()
    .describe("The earlier layer whose weights this one uses; its choice is that layer's"),
  cells: z.array(cell).describe("One a candidate, in their order"),
});

const point = z.strictObject({
  label: z.string().describe("The candidate used for all layers, or mixed"),
  bytes: count.describe("Of the whole model"),
  sqnrDb: z.number().nullable().describe("Over all weights, every layer counting the same; null where exact"),
  pareto: z.boolean().describe("No other point is both smaller and better"),
});

export const comparisonSchema = z
  .strictObject({
    generator: z.strictObject({ name: z.literal("bitwright"), version: z.string() }),
    version: z.literal(COMPARISON_VERSION),
    model: z.strictObject({ name: z.string(), sha256: z.string() }),
    candidates: z.array(
      z.strictObject({ label: z.string(), settings: z.record(z.string(), z.unknown()).describe("As in a recipe") }),
    ),
    layers: z.array(layer),
    uniform: z.array(point).describe("One candidate for all layers"),
    mixed: z.array(point).describe("The best mixtures, from smallest to best, as `suggest` walks them"),
    weightsOnly: z.literal(true).describe("Activations are not measured: a ranking of weights, not of accuracy"),
  })
  .meta({
    title: "Bitwright comparison",
    description: "Candidate schemes for the layers of one ONNX model, side by side",
  });

export type Comparison = z.infer<typeof comparisonSchema>;
export type ComparedLayer = Comparison["layers"][number];
export type ComparedCell = NonNullable<ComparedLayer["cells"][number]>;
export type ComparisonPoint = Comparison["uniform"][number];
