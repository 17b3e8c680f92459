/** What an analysis of noise needs to know, and how it is kept for the next time. */
import * as z from "zod";
import { ACTIVATION_SCHEMES } from "../../engine/activations/parameters";
import { TRANSFORM_FIELDS } from "../../engine/recipe";
import type { Report } from "../../protocol/report";

const factor = z.union([z.number(), z.array(z.number())]);

export const preprocessingSchema = z.strictObject({
  scale: z.number().exactOptional(),
  mean: factor.exactOptional(),
  std: factor.exactOptional(),
});

const dataAnswers = {
  /** Relative to the workspace folder where it lies inside; null for random numbers. */
  data: z.string().nullable(),
  labels: z.string().nullable(),
  samples: z.int().min(1),
  preprocessing: preprocessingSchema,
};

const dataAnswersSchema = z.object(dataAnswers);

export const analysisAnswersSchema = z.strictObject({
  ...dataAnswers,
  activations: z.strictObject({ scheme: z.enum(ACTIVATION_SCHEMES), bits: z.int() }),
});

/** How a value of the data becomes one of the model's input: (x · scale − mean) / std. */
export type PreprocessingAnswer = z.infer<typeof preprocessingSchema>;
/** Which data, and how they become the model's input. */
export type DataAnswers = z.infer<typeof dataAnswersSchema>;
export type AnalysisAnswers = z.infer<typeof analysisAnswersSchema>;

/** Anything else than complete answers, such as what an older version kept or a menu hands over, is undefined. */
export function analysisAnswersOf(value: unknown): AnalysisAnswers | undefined {
  return analysisAnswersSchema.safeParse(value).data;
}

/** The answers that are about data; undefined where they are not complete. */
export function dataAnswersOf(value: unknown): DataAnswers | undefined {
  return dataAnswersSchema.safeParse(value).data;
}

/** A recipe's `calibration`. */
export function calibrationOf({ data, labels, samples, preprocessing }: DataAnswers): Record<string, unknown> {
  if (data === null) return { random: true, samples };
  return { data, ...(labels === null ? {} : { labels }), samples, ...preprocessing };
}

/** Fields of a report's recipe that say how weights become codes, and what is done to them before. */
const WEIGHT_FIELDS = ["weights", "operators", "layers", ...TRANSFORM_FIELDS, "output"] as const;

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
  const recipe = quantized?.recipe ?? {};
  const weights = WEIGHT_FIELDS.filter((field) => field in recipe).map((field): [string, unknown] => [
    field,
    recipe[field],
  ]);
  return {
    output: { directory: "firmware", emit: ["weights"] },
    ...Object.fromEntries(weights),
    model,
    activations: answers.activations,
    calibration: calibrationOf(answers),
  };
}
