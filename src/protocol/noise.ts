/**
 * What quantization costs a network, as the report carries it: noise at the layers, and what the model's output loses.
 * Ratios are decibels, `10·log10(Σy² / Σ(y−ŷ)²)`; no noise is null with `exact`, never Infinity or NaN.
 */
import * as z from "zod";

const count = z.int().min(0);
const decibels = z.number().nullable();
const share = z.number().min(0).max(1);

const threeRatios = {
  weightsDb: decibels.describe("Only the layer's weights are quantized"),
  activationsDb: decibels.describe("Only the layer's output is rounded"),
  bothDb: decibels,
};

const isolated = z
  .strictObject({
    ...threeRatios,
    exact: z
      .strictObject({ weights: z.boolean(), activations: z.boolean(), both: z.boolean() })
      .describe("Which of the three have no noise at all; their ratios are null"),
  })
  .describe("The layer gets float inputs; its output is compared after the fused activation");

const predicted = z
  .strictObject({
    ...threeRatios,
    explanations: z
      .array(
        z.strictObject({
          of: z.enum(["weights", "activations", "both"]),
          differenceDb: z.number().describe("Predicted less measured"),
          reason: z.string().describe("Which assumption broke, from the data"),
        }),
      )
      .describe("One for each prediction that is more than 2 dB off"),
  })
  .describe("Uniform, independent rounding errors (Meller et al. 2019, eq. 5 and 6)");

const sensitivity = z
  .strictObject({
    klDivergence: z
      .number()
      .nullable()
      .describe("Kullback-Leibler divergence of the class probabilities, in nats, mean over the samples"),
    outputDb: decibels.describe("SQNR of the model's outputs"),
    exact: z.boolean().describe("The outputs do not change at all"),
    accuracyDrop: z.number().min(-1).max(1).nullable().describe("Float accuracy less this; null without labels"),
    samples: count.describe("On how many samples; fewer than asked for where the work was stopped"),
  })
  .describe("What the model's output loses when this layer alone is quantized: the ranking to act on");

const activationChannels = z.strictObject({
  min: z.array(z.number()),
  max: z.array(z.number()),
  dominant: count.describe("The channel with the largest magnitude, which sets the range"),
});

const errorHistogram = z.strictObject({
  min: z.number().describe("Left edge of the first bin"),
  max: z.number().describe("Right edge of the last bin"),
  counts: z.array(count).describe("Sampled differences between quantized and float output, bins of equal width"),
});

export const layerNoiseSchema = z.strictObject({
  isolated,
  cumulativeDb: decibels.describe("The whole network quantized, this layer's output against the float network's"),
  cumulativeExact: z.boolean(),
  predicted,
  boundDb: decibels.describe("SQNR if every output channel had the dominant channel's range"),
  sensitivity: sensitivity.nullable().describe("Null where it was not measured"),
  channels: activationChannels.describe("Ranges of the layer's output on the calibration data"),
  errors: errorHistogram.nullable().describe("Of weights and activations together; null where exact"),
});

const interval = z.tuple([share, share]).nullable();

/** Fields of the report's `model`. */
export const modelNoiseFields = {
  floatAccuracy: share.nullable().describe("Top-1, from 0 to 1; null without labels"),
  quantizedAccuracy: share.nullable(),
  floatAccuracyInterval: interval.describe("95 % confidence (Wilson)"),
  quantizedAccuracyInterval: interval,
  agreement: share.nullable().describe("Samples for which float and quantized network choose the same class"),
  outputSqnrDb: decibels.describe("Of all float outputs of the quantized network together"),
  outputExact: z.boolean(),
  evaluationSamples: count,
};

export const modelNoiseSchema = z.strictObject(modelNoiseFields);

export type LayerNoise = z.infer<typeof layerNoiseSchema>;
export type LayerSensitivity = NonNullable<LayerNoise["sensitivity"]>;
export type Prediction = LayerNoise["predicted"];
export type ModelNoise = z.infer<typeof modelNoiseSchema>;

/** A model that was not run. */
export const NOT_MEASURED: ModelNoise = {
  floatAccuracy: null,
  quantizedAccuracy: null,
  floatAccuracyInterval: null,
  quantizedAccuracyInterval: null,
  agreement: null,
  outputSqnrDb: null,
  outputExact: false,
  evaluationSamples: 0,
};
