/**
 * Parameters that a recipe gives in place of those that a scheme would find. Training writes them: what it has learned,
 * or found for other weights than the rounded ones that it leaves in the model, cannot be found again.
 *
 * | scheme | for each group |
 * |---|---|
 * | `symmetric`, `pow2`, `block`, `log2` | the range |
 * | `affine` | the low and the high end of the range |
 * | `ceil` | α |
 * | codebooks | the centres, at most 2^bits, ascending, as many for each group |
 */
import { BitwrightError } from "../../protocol/errors";
import { groupBounds, type Grouping } from "./grouping";
import type { QuantizedWeights, SchemeSettings } from "./scheme";

/**
 * The given numbers, one for each group; null where none are given.
 * @throws BitwrightError recipe-invalid where there are more or fewer, or one is not positive
 */
export function givenRanges({ parameters }: SchemeSettings, grouping: Grouping): Float64Array | null {
  if (parameters === undefined) return null;
  const groups = groupBounds(grouping).length - 1;
  if (parameters.length !== groups) throw wrongCount(parameters.length, groups);
  if (parameters.some((value) => !(value > 0))) throw invalid("ranges and α are positive");
  return Float64Array.from(parameters);
}

/**
 * The given ends of ranges, two for each group; null where none are given.
 * @throws BitwrightError recipe-invalid where there are more or fewer, or a range does not hold 0
 */
export function givenEnds(
  { parameters }: SchemeSettings,
  grouping: Grouping,
): { readonly lows: Float64Array; readonly highs: Float64Array } | null {
  if (parameters === undefined) return null;
  const groups = groupBounds(grouping).length - 1;
  if (parameters.length !== 2 * groups) throw wrongCount(parameters.length, 2 * groups);
  const lows = Float64Array.from({ length: groups }, (_, group) => parameters[2 * group]);
  const highs = Float64Array.from({ length: groups }, (_, group) => parameters[2 * group + 1]);
  if (lows.some((low, group) => low > 0 || highs[group] < 0 || low === highs[group])) {
    throw invalid("a range reaches from at most 0 to at least 0, and is not empty");
  }
  return { lows, highs };
}

/**
 * The given centres of every group, ascending; null where none are given.
 * @throws BitwrightError recipe-invalid where there are more than 2^bits, not as many for each group, or not ascending
 */
export function givenCentres({ parameters, bits }: SchemeSettings, grouping: Grouping): Float64Array[] | null {
  if (parameters === undefined) return null;
  const groups = groupBounds(grouping).length - 1;
  const each = parameters.length / groups;
  if (!Number.isInteger(each) || each < 1 || each > 2 ** bits) throw wrongCount(parameters.length, groups * 2 ** bits);
  const all = Float64Array.from(parameters);
  return Array.from({ length: groups }, (_, group) => {
    const centres = all.subarray(group * each, (group + 1) * each);
    if (centres.some((centre, i) => i > 0 && centre < centres[i - 1])) throw invalid("centres are ascending");
    return centres;
  });
}

/**
 * The parameters that make a scheme find these codes again: given with the weights that the codes stand for, they give the
 * same codes.
 */
export function parametersOf(quantized: QuantizedWeights): number[] {
  const { scales, codeMax, bits } = quantized;
  switch (quantized.kind) {
    case "ceil":
      return Array.from(scales, (scale) => scale * codeMax);
    case "log2":
      return Array.from(scales, (scale) => scale * 2 ** (codeMax - 1));
    case "codebook":
      return Array.from(quantized.palette, (entry, index) => entry * scales[Math.floor(index / 2 ** bits)]);
    case "uniform": {
      const { zeroPoints } = quantized;
      if (zeroPoints === null) return Array.from(scales, (scale) => scale * codeMax);
      return Array.from(scales).flatMap((scale, group) => [
        -scale * zeroPoints[group],
        scale * (codeMax - zeroPoints[group]),
      ]);
    }
  }
}

function wrongCount(got: number, expected: number): BitwrightError {
  return invalid(`the weights need ${expected} numbers, got ${got}`);
}

function invalid(problem: string): BitwrightError {
  return new BitwrightError("recipe-invalid", problem, "Leave them as training wrote them, or remove them", {
    field: "parameters",
  });
}
