/** A comparison in words. */
import * as l10n from "@vscode/l10n";
import type { Comparison } from "../../src/protocol/comparison";
import type { ChosenMixture } from "../../src/protocol/comparison-page";
import { bytesText, countText, decibelText } from "../shared/format";

export const WEIGHTS_ONLY = l10n.t(
  "Weights only: what activations lose is not measured. This ranks how well weights are kept, not accuracy.",
);

/** How often each candidate is chosen, most frequent first: `symmetric:8 for all layers`, `5 × symmetric:8, 1 × ceil:4`. */
export function mixtureText({ candidates, layers }: Comparison, chosen: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const candidate of chosen) counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (parts.length === 1 && layers.length > 1) return forAllText(candidates[parts[0][0]].label);
  return parts.map(([candidate, count]) => `${countText(count)} × ${candidates[candidate].label}`).join(", ");
}

export function forAllText(candidate: string): string {
  return l10n.t("{0} for all layers", candidate);
}

/** Announced after every choice. */
export function choiceSentence({ bytes, sqnrDb, lowestSqnrDb }: ChosenMixture): string {
  return l10n.t(
    "{0} of flash, SQNR {1}, lowest layer {2}.",
    bytesText(bytes),
    decibelText(sqnrDb),
    decibelText(lowestSqnrDb),
  );
}

export function tradeOffSentence({ uniform, mixed }: Comparison): string {
  const best = uniform.filter(({ pareto }) => pareto).map(({ label }) => label);
  const first = mixed[0];
  const last = mixed[mixed.length - 1];
  return [
    l10n.t("Scatter chart of size against SQNR: {0} candidates for all layers.", countText(uniform.length)),
    best.length === 0 ? l10n.t("Mixtures beat them all.") : l10n.t("Not beaten by any mixture: {0}.", best.join(", ")),
    l10n.t(
      "The best mixtures lead from {0} with {1} to {2} with {3}.",
      bytesText(first.bytes),
      decibelText(first.sqnrDb),
      bytesText(last.bytes),
      decibelText(last.sqnrDb),
    ),
  ].join(" ");
}
