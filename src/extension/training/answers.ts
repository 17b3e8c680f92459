/** What training needs to know, and how it is kept for the next time. */
import * as z from "zod";
import { ACTIVATION_SCHEMES } from "../../engine/activations/parameters";
import { preprocessingSchema } from "../analyze/answers";

const trainingAnswersSchema = z.strictObject({
  /** Relative to the workspace folder where it lies inside. */
  data: z.string(),
  /** Null where the float model's own answers are what is learned. */
  labels: z.string().nullable(),
  preprocessing: preprocessingSchema,
  /** Fields of a recipe that say how weights become codes; the recipe's own check is the one that decides. */
  quantization: z.record(z.string(), z.unknown()),
  /** Null where values between layers stay float. */
  activations: z.strictObject({ scheme: z.enum(ACTIVATION_SCHEMES), bits: z.int() }).nullable(),
  /** Of training, as far as they are not as usual; the worker checks them. */
  settings: z.record(z.string(), z.unknown()),
  /** Folder for the trained model, relative to the workspace folder, with forward slashes. */
  directory: z.string(),
});

export type TrainingAnswers = z.infer<typeof trainingAnswersSchema>;

/** Fields of a recipe that training takes over from an earlier quantization. */
export const QUANTIZATION_FIELDS = ["weights", "operators", "layers"] as const;

/** Anything else than complete answers, such as what an older version kept or a menu hands over, is undefined. */
export function trainingAnswersOf(value: unknown): TrainingAnswers | undefined {
  return trainingAnswersSchema.safeParse(value).data;
}

/**
 * The entry of a recipe file that training starts from.
 * @param model relative to the folder that the data are relative to
 * @param name base name of the trained model
 */
export function trainingRecipe(model: string, name: string, answers: TrainingAnswers): Record<string, unknown> {
  const { data, labels, preprocessing, quantization, activations } = answers;
  return {
    ...quantization,
    model,
    ...(activations === null ? {} : { activations }),
    calibration: { data, ...(labels === null ? {} : { labels }), ...preprocessing },
    output: { directory: "firmware", name, emit: ["weights"] },
  };
}

/** For example `weights symmetric:4`, `activations affine:8`, `digits.npy with labels`, `10 epochs`. */
export function aboutAnswers({ data, labels, quantization, activations, settings }: TrainingAnswers): string[] {
  const file = data.split("/").at(-1) ?? data;
  return [
    `weights ${schemeText(quantization["weights"])}`,
    activations === null ? "activations in float" : `activations ${activations.scheme}:${activations.bits}`,
    labels === null ? `${file}, distilled from the float model` : `${file} with labels`,
    ...Object.entries(settings)
      .filter(([field]) => field !== "epochs")
      .map(([field, value]) => `${field} ${String(value)}`),
  ];
}

function schemeText(weights: unknown): string {
  if (typeof weights !== "object" || weights === null) return "symmetric:8";
  const { scheme, bits }: { scheme?: unknown; bits?: unknown } = weights;
  return `${typeof scheme === "string" ? scheme : "symmetric"}:${typeof bits === "number" ? bits : 8}`;
}
