/**
 * The report: everything Bitwright knows about one model under one recipe, as plain data.
 *
 * One definition serves as TypeScript type, as runtime check of report files, and as the
 * published JSON Schema (`media/schemas/report.schema.json`, written by `npm run schemas`).
 * Decibels are `10·log10(Σw² / Σ(w−ŵ)²)`; a signal without noise has `sqnrDb: null` and
 * `exact: true`, never Infinity or NaN.
 */
import * as z from "zod";
import { inferenceSchema } from "./inference";
import { layerNoiseSchema, modelNoiseFields } from "./noise";
import { biasCorrectionSchema, transformsSchema } from "./transforms";

/** Raised whenever a reader of the older version could misread the newer one. */
export const REPORT_VERSION = 1;

const count = z.int().min(0);
const decibels = z.number().nullable();

const valueInfo = z.strictObject({
  name: z.string(),
  type: z.string().describe("ONNX element type, lower case: float, float16, int64, …"),
  shape: z
    .array(z.union([count, z.string()]))
    .nullable()
    .describe("A string is a symbolic dimension; null where the model declares no shape"),
});

const histogram = z.strictObject({
  min: z.number().describe("Left edge of the first bin"),
  max: z.number().describe("Right edge of the last bin"),
  counts: z.array(count).describe("Weights per bin, equal widths"),
  quantizedCounts: z
    .array(count)
    .nullable()
    .describe("The decoded weights in the same bins; null where nothing was quantized"),
});

const weightFigures = z.strictObject({
  min: z.number(),
  max: z.number(),
  absMax: z.number().describe("max|w|"),
  mean: z.number(),
  std: z.number().describe("Population standard deviation"),
  skewness: z.number().describe("Third standardised moment; 0 for a constant tensor"),
  kurtosis: z.number().describe("Excess kurtosis: 0 for a Gaussian; 0 for a constant tensor"),
  zeros: z.number().min(0).max(1).describe("Share of weights that are exactly zero"),
  outlierRatio: z.number().nullable().describe("max|w| / median|w|; null where the median is 0"),
  sqnrDb: decibels.describe("SQNR of the codes; null where exact"),
  exact: z.boolean().describe("The codes reproduce every weight exactly"),
  codeEntropyBits: z
    .number()
    .nullable()
    .describe("Entropy of the codes, bits per weight; null where nothing was quantized"),
  channels: z.strictObject({
    min: z.array(z.number()),
    max: z.array(z.number()),
    sqnrDb: z.array(decibels),
    dominant: count.describe("Index of the channel with the largest max|w|"),
  }),
  histogram,
});

const scaleFigures = z.strictObject({
  count: z.int().min(1).describe("One, one a channel, or one a block"),
  min: z.number(),
  max: z.number(),
});

const biasFigures = z.strictObject({
  length: count,
  absMax: z.number(),
  fractionBits: z.int().nullable().describe("int32 codes stand for code·2^−fractionBits; null where kept float"),
});

const layer = z.strictObject({
  name: z.string().describe("Unique within the report"),
  op: z.string().describe("ONNX operator"),
  node: z.string().describe("The node's own name, possibly empty or repeated"),
  weightName: z.string().describe("The tensor that holds the weights"),
  weightShape: z.array(count).describe("As in the model"),
  layout: z.string().describe("Order in which codes are stored, for example OHWI"),
  storedShape: z.array(count).describe("Dimensions in that order"),
  parameters: count.describe("Weights and biases"),
  share: z.number().min(0).max(1).describe("Of all parameters of the model"),
  scheme: z.string().describe("Weight scheme; float where the weights are left as they are"),
  bits: z.int().min(1).max(32),
  granularity: z.enum(["tensor", "channel", "block"]),
  settings: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe("All that applied, as in a recipe; null where the weights are left as they are"),
  weights: weightFigures,
  scales: scaleFigures
    .exactOptional()
    .describe("What integers are multiplied by to give weights; left out where weights are left as they are"),
  bias: biasFigures.nullable(),
  bytes: count.describe("Flash of weights, scales and biases; 0 where shared with an earlier layer"),
  floatBytes: count.describe("The same in float32"),
  sharedWith: z.string().nullable().describe("Name of the earlier layer whose weight codes this one uses"),
  fused: z.array(z.string()).describe("Nodes folded into this layer, for example batch normalizations"),
  noise: layerNoiseSchema.nullable().describe("Measured on calibration data; null without them"),
});

const unquantizable = z.strictObject({
  name: z.string(),
  op: z.string(),
  parameters: count,
  reason: z.string().describe("One sentence"),
});

const artifact = z.strictObject({
  path: z.string().describe("Relative to the output folder, with forward slashes"),
  bytes: count,
  sha256: z.string(),
});

export const reportSchema = z
  .strictObject({
    $schema: z.string().optional(),
    generator: z.strictObject({ name: z.literal("bitwright"), version: z.string() }),
    version: z.literal(REPORT_VERSION),
    model: z.strictObject({
      name: z.string().describe("File name without its folder"),
      sha256: z.string(),
      bytes: count.describe("Of the model file"),
      producer: z.string(),
      irVersion: z.int(),
      opsets: z.array(z.strictObject({ domain: z.string(), version: z.int() })),
      inputs: z.array(valueInfo),
      outputs: z.array(valueInfo),
      nodes: count,
      parameters: count,
      ...modelNoiseFields,
    }),
    recipe: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe("What was asked for, with defaults filled in; null for an inspection"),
    layers: z.array(layer),
    unquantizable: z.array(unquantizable),
    transforms: transformsSchema
      .nullable()
      .describe("What was done to the float model first; null where nothing was asked for"),
    biasCorrection: biasCorrectionSchema.nullable(),
    inference: inferenceSchema.nullable().describe("The network as integer C; null where that was not asked for"),
    totals: z.strictObject({
      parameters: count.describe("In the layers"),
      bytes: count,
      floatBytes: count,
      sqnrDb: decibels.describe("Over all weights of all layers"),
      exact: z.boolean(),
    }),
    artifacts: z.array(artifact),
    notes: z.array(z.string()).describe("What a reader should know: folds, shared tensors, converted types"),
  })
  .meta({ title: "Bitwright report", description: "What quantizing one ONNX model costs, layer by layer" });

export type Report = z.infer<typeof reportSchema>;
export type LayerReport = Report["layers"][number];
export type WeightFigures = LayerReport["weights"];
export type Unquantizable = Report["unquantizable"][number];
export type ValueInfo = Report["model"]["inputs"][number];
