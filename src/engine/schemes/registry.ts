/** The weight schemes, by id. A new scheme is one file and one line here. */
import { BitwrightError, shownName } from "../../protocol/errors";
import type { ChannelMajorWeights } from "../graph/layout";
import { affine } from "./affine";
import { block } from "./block";
import { ceil } from "./ceil";
import { codebookKmeans } from "./codebook-kmeans";
import { codebookMixture } from "./codebook-mixture";
import { codebookUniform } from "./codebook-uniform";
import { log2 } from "./log2";
import { pow2 } from "./pow2";
import type { QuantizedWeights, Scheme, SchemeSettings } from "./scheme";
import { symmetric } from "./symmetric";

export const SCHEMES: readonly Scheme[] = [
  symmetric,
  affine,
  pow2,
  ceil,
  block,
  log2,
  codebookUniform,
  codebookKmeans,
  codebookMixture,
];

export function schemeIds(): string[] {
  return SCHEMES.map((scheme) => scheme.id);
}

/** The scheme of that id, or undefined. */
export function findScheme(id: string): Scheme | undefined {
  return SCHEMES.find((scheme) => scheme.id === id);
}

/**
 * Codes and parameters by the scheme that the settings name.
 * @throws BitwrightError recipe-invalid, where there is no such scheme
 */
export function fitScheme(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights {
  const scheme = findScheme(settings.scheme);
  if (scheme === undefined) {
    throw new BitwrightError("recipe-invalid", "there is no such scheme", `Choose one of ${schemeIds().join(", ")}`, {
      field: `scheme ${shownName(settings.scheme)}`,
    });
  }
  return scheme.fit(weights, settings);
}
