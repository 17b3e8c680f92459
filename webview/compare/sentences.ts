/** A comparison in words. */
import type { Comparison } from "../../src/protocol/comparison";
import type { ChosenMixture } from "../../src/protocol/comparison-page";
import { bytesText, countText, decibelText } from "../shared/format";

export const WEIGHTS_ONLY =
  "Weights only: what activations lose is not measured. This ranks how well weights are kept, not accuracy.";

/** How often each candidate is chosen, most frequent first: `symmetric:8 for all layers`, `5 × symmetric:8, 1 × ceil:4`. */
export function mixtureText({ candidates, layers }: Comparison, chosen: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const candidate of chosen) counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (parts.length === 1 && layers.length > 1) return `${candidates[parts[0][0]].label} for all layers`;
  return parts.map(([candidate, count]) => `${countText(count)} × ${candidates[candidate].label}`).join(", ");
}

/** Announced after every choice. */
export function choiceSentence({ bytes, sqnrDb, lowestSqnrDb }: ChosenMixture): string {
  return `${bytesText(bytes)} of flash, SQNR ${decibelText(sqnrDb)}, lowest layer ${decibelText(lowestSqnrDb)}.`;
}

export function tradeOffSentence({ uniform, mixed }: Comparison): string {
  const best = uniform.filter(({ pareto }) => pareto).map(({ label }) => label);
  const front = best.length === 0 ? "mixtures beat them all" : `not beaten by any mixture: ${best.join(", ")}`;
  const first = mixed[0];
  const last = mixed[mixed.length - 1];
  const path = `${bytesText(first.bytes)} with ${decibelText(first.sqnrDb)} to ${bytesText(last.bytes)} with ${decibelText(last.sqnrDb)}`;
  return `Scatter chart of size against SQNR: ${countText(uniform.length)} candidates for all layers, ${front}; the best mixtures lead from ${path}.`;
}
