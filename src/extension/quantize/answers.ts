/** What a quantization needs to know. */
import type { Granularity } from "../../engine/schemes/scheme";

export interface Answers {
  readonly scheme: string;
  readonly bits: number;
  readonly granularity: Granularity;
  /** Output folder, relative to the workspace folder, with forward slashes. */
  readonly directory: string;
}

/** The entry of a recipe file that asks for it. */
export function recipeOf(model: string, answers: Answers): Record<string, unknown> {
  const { scheme, bits, granularity, directory } = answers;
  return { model, weights: { scheme, bits, granularity }, output: { directory, emit: ["weights"] } };
}
