/** What an analysis of noise needs to know, and how it is kept for the next time. */
import * as z from "zod";
import { ACTIVATION_SCHEMES } from "../../engine/activations/parameters";
import type { Report } from "../../protocol/report";

const factor = z.union([z.number(), z.array(z.number())]);

export const preprocessingSchema = z.strictObject({
  scale: z.number().exactOptional(),
  mean: factor.exactOptional(),
  std: factor.exactOptional(),
});

export const analysisAnswersSchema = z.strictObject({
  /** Relative to the workspace folder where it lies inside; null for random numbers. */
  data: z.string().nullable(),
  labels: z.string().nullable(),
  samples: z.int().min(1),
  preprocessing: preprocessingSchema,
  activations: z.strictObject({ scheme: z.enum(ACTIVATION_SCHEMES), bits: z.int() }),
});

/** How a value of the data becomes one of the model's input: (x · scale − mean) / std. */
export type PreprocessingAnswer = z.infer<typeof preprocessingSchema>;
export type AnalysisAnswers = z.infer<typeof analysisAnswersSchema>;

/** Anything else than complete answers, such as what an older version kept or a menu hands over, is undefined. */
export function analysisAnswersOf(value: unknown): AnalysisAnswers | undefined {
  return analysisAnswersSchema.safeParse(value).data;
}

/** Fields of a report's recipe that say how weights become codes. */
const WEIGHT_FIELDS = ["weights", "operators", "layers", "output"] as const;

/**
 * The entry of a recipe file that asks for the analysis.
 * @param model relative to the folder that the data are relative to
 * @param quantized the model's last quantization, whose weights are analyzed; the default scheme where there is none
 */
export function analysisRecipe(
  model: string,
  answers: AnalysisAnswers,
  quantized: Report | undefined,
): Record<string, unknown> {
  const { data, labels, samples, preprocessing, activations } = answers;
  const recipe = quantized?.recipe ?? {};
  const weights = WEIGHT_FIELDS.filter((field) => field in recipe).map((field): [string, unknown] => [
    field,
    recipe[field],
  ]);
  const source = data === null ? { random: true } : { data, ...(labels === null ? {} : { labels }) };
  return {
    output: { directory: "firmware", emit: ["weights"] },
    ...Object.fromEntries(weights),
    model,
    activations,
    calibration: { ...source, samples, ...(data === null ? {} : preprocessing) },
  };
}
