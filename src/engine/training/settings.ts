/** What can be asked of a training run; beside the recipe, which says how the network is quantized. */
import * as z from "zod";
import { BitwrightError } from "../../protocol/errors";
import { checked } from "../recipe-problems";
import { LOSSES } from "./losses";
import { OPTIMIZERS } from "./optimizers";
import { SCHEDULES } from "./schedule";

export const TRAINED = ["all", "biases"] as const;
export const BATCH_NORMALIZATIONS = ["folded", "batch"] as const;
export const SCALES = ["trained", "fitted"] as const;

const patterns = z.array(z.string().min(1).max(500)).min(1).max(1_000);

export const trainingSettings = z.strictObject({
  epochs: z.int().min(1).max(100_000).default(10).describe("Times that all samples are seen"),
  batch: z.int().min(1).max(65_536).default(128).describe("Samples a step"),
  learningRate: z.number().positive().max(1_000).default(0.001).describe("Of the first step"),
  optimizer: z.enum(OPTIMIZERS).default("adam").describe("sgd has momentum"),
  momentum: z.number().min(0).lt(1).default(0.9).describe("Of sgd"),
  schedule: z.enum(SCHEDULES).default("cosine").describe("How the learning rate goes down"),
  warmup: z.int().min(0).max(1_000_000).default(0).describe("Steps over which the learning rate rises"),
  weightDecay: z.number().min(0).max(1).default(0).describe("Share of a weight that a step takes off, times the rate"),
  clipNorm: z.number().positive().exactOptional().describe("Largest norm of all gradients together"),
  loss: z.enum(LOSSES).exactOptional().describe("cross-entropy with labels, else distillation from the float model"),
  trained: z
    .union([z.enum(TRAINED), patterns])
    .default("all")
    .describe("all weights and biases, biases alone, or the layers that patterns match"),
  batchNormalization: z
    .enum(BATCH_NORMALIZATIONS)
    .default("folded")
    .describe(
      "folded: as it is deployed; batch: by statistics of the batch, with codes of few bits behind every layer that another one follows",
    ),
  scales: z.enum(SCALES).default("trained").describe("fitted: scales follow the weights in every step"),
  weightSharing: z
    .number()
    .positive()
    .exactOptional()
    .describe("scheme codebook-mixture: weight ν of the penalty that draws weights to the means"),
  skewness: z.number().min(0).default(0).describe("Weight of the penalty on each layer's squared skewness"),
  kurtosis: z
    .number()
    .min(0)
    .default(0)
    .describe("Weight of the penalty on its kurtosis's distance from the wanted one"),
  wantedKurtosis: z.number().min(-2).max(100).default(-1.2).describe("Excess kurtosis that is wanted"),
  validationShare: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.1)
    .describe("Share of the samples that is kept for evaluation where there are no samples of its own for it"),
  patience: z.int().min(1).exactOptional().describe("Epochs without a better evaluation that end the run"),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe("Of the order of samples"),
});

/**
 * Checks what was asked for and fills in defaults.
 * @throws BitwrightError recipe-invalid naming the field, also one that nothing would read
 */
export function checkedTrainingSettings(value: unknown): TrainingSettings {
  const settings = checked(trainingSettings, value, "", new Set());
  for (const { field, isRead, by } of DEPENDENT) {
    if (!isGiven(value, field) || isRead(settings)) continue;
    throw new BitwrightError("recipe-invalid", `it is read ${by} alone`, "Remove it, or add what reads it", { field });
  }
  return settings;
}

function isGiven(value: unknown, field: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, field);
}

interface Dependent {
  readonly field: keyof TrainingSettings;
  readonly isRead: (settings: TrainingSettings) => boolean;
  readonly by: string;
}

/** Settings that mean something only beside another. */
const DEPENDENT: readonly Dependent[] = [
  { field: "momentum", isRead: ({ optimizer }) => optimizer === "sgd", by: "by the optimizer sgd" },
  { field: "wantedKurtosis", isRead: ({ kurtosis }) => kurtosis > 0, by: "beside a penalty on the kurtosis" },
];

export type TrainingSettings = z.infer<typeof trainingSettings>;
