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
import type { Granularity, QuantizedWeights, Scheme, SchemeSettings } from "./scheme";
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

/** What holds where nobody says which weights share parameters: one palette for a tensor, one scale a channel, or blocks. */
export function usualGranularity({ id, granularities }: Scheme): Granularity {
  const wanted = id.startsWith("codebook-") ? "tensor" : "channel";
  return granularities.find((granularity) => granularity === wanted) ?? granularities[0];
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
