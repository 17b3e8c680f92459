/** Candidates as users write them: `scheme:bits` or `scheme:bits:granularity`, separated by commas. */
import { BitwrightError, shownName } from "../../protocol/errors";
import { parseWeightSettings } from "../recipe";
import { findScheme, SCHEMES, usualGranularity } from "../schemes/registry";
import type { SchemeSettings } from "../schemes/scheme";

export interface Candidate {
  /** Unique; `scheme:bits` where that is enough. */
  readonly label: string;
  readonly settings: SchemeSettings;
}

/** Where nothing else is asked for: the usual widths of every kind of scheme, none of them slow. */
export const DEFAULT_CANDIDATES = "symmetric:8,symmetric:4,affine:8,ceil:4,block:4,codebook-kmeans:4:tensor";

/** More would take hours on a large model. */
const MAX_CANDIDATES = 200;

/**
 * @throws BitwrightError usage, naming the candidate
 */
export function parseCandidates(text: string): Candidate[] {
  const labels = text.split(",").map((label) => label.trim());
  if (labels.length > MAX_CANDIDATES) throw invalid(`at most ${MAX_CANDIDATES} candidates can be compared`);
  const duplicate = labels.find((label, index) => labels.indexOf(label) !== index);
  if (duplicate !== undefined) throw invalid(`"${shownName(duplicate)}" is named twice`);
  return labels.map(parseCandidate);
}

/** Every scheme at the given widths, as far as it takes them. */
export function allCandidates(widths: readonly number[]): Candidate[] {
  return SCHEMES.flatMap((scheme) =>
    widths
      .filter((bits) => bits >= scheme.minBits && bits <= scheme.maxBits)
      .map((bits) => parseCandidate(`${scheme.id}:${bits}`)),
  );
}

function parseCandidate(label: string): Candidate {
  const [id, bits = "", chosen = "", ...rest] = label.split(":");
  const scheme = findScheme(id);
  if (scheme === undefined) {
    throw invalid(`"${shownName(id)}" is no scheme; there are ${SCHEMES.map((known) => known.id).join(", ")}`);
  }
  if (!/^\d{1,2}$/.test(bits) || rest.length > 0) {
    throw invalid(`"${shownName(label)}" is not scheme:bits or scheme:bits:granularity`);
  }
  const granularity = chosen === "" ? usualGranularity(scheme) : chosen;
  try {
    return { label, settings: parseWeightSettings({ scheme: id, bits: Number(bits), granularity }) };
  } catch (error) {
    if (error instanceof BitwrightError) throw invalid(`"${shownName(label)}": ${error.problem}`);
    throw error;
  }
}

function invalid(problem: string): BitwrightError {
  return new BitwrightError("usage", problem, "Write candidates as scheme:bits, separated by commas");
}
