/** What a quantization needs to know. */
import type { Granularity } from "../../engine/schemes/scheme";

export interface Answers {
  readonly scheme: string;
  readonly bits: number;
  readonly granularity: Granularity;
  /** Other fields of a recipe's `weights`. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Fields of a recipe that say what is done on calibration data. */
  readonly transforms?: Readonly<Record<string, unknown>>;
  /** A recipe's `calibration`. */
  readonly calibration?: Readonly<Record<string, unknown>>;
  /** Output folder, relative to the workspace folder, with forward slashes. */
  readonly directory: string;
}

/** The entry of a recipe file that asks for it. */
export function recipeOf(model: string, answers: Answers): Record<string, unknown> {
  const { scheme, bits, granularity, more, transforms, calibration, directory } = answers;
  return {
    model,
    weights: { scheme, bits, granularity, ...more },
    ...transforms,
    ...(calibration === undefined ? {} : { calibration }),
    output: { directory, emit: ["weights"] },
  };
}
