/** A comparison and the choice made from it. */
import type * as vscode from "vscode";
import { ownersOf } from "../../engine/compare/options";
import { outcomeOf, suggestForBudget, type Choice } from "../../engine/compare/suggest";
import type { Comparison } from "../../protocol/comparison";
import type { ChosenMixture } from "../../protocol/comparison-page";

export interface ComparisonView {
  readonly uri: vscode.Uri;
  readonly comparison: Comparison;
  /** A candidate for every layer that holds its own weights. */
  readonly choice: Choice;
}

/** The candidate that keeps most where all layers have it, the smallest of several: a budget only takes from it. */
export function startingView(uri: vscode.Uri, comparison: Comparison): ComparisonView {
  const best = comparison.uniform
    .map(({ sqnrDb, bytes }, candidate) => ({ level: sqnrDb ?? Infinity, bytes, candidate }))
    .reduce((a, b) => (b.level > a.level || (b.level === a.level && b.bytes < a.bytes) ? b : a));
  return chosenForAll({ uri, comparison, choice: new Map() }, best.candidate);
}

/** The choice that a page saved, where it is of this very model; what does not fit the comparison is left as it was. */
export function withSavedChoice(view: ComparisonView, saved: { sha256: string; chosen: number[] }): ComparisonView {
  const { model, layers } = view.comparison;
  if (saved.sha256 !== model.sha256 || saved.chosen.length !== layers.length) return view;
  return saved.chosen.reduce((chosen, candidate, layer) => chosenForLayer(chosen, layer, candidate), view);
}

/** One candidate for all layers; the view as it was where there is no such candidate. */
export function chosenForAll(view: ComparisonView, candidate: number): ComparisonView {
  const { comparison } = view;
  if (comparison.candidates.at(candidate) === undefined) return view;
  return { ...view, choice: new Map(ownersOf(comparison).map(({ name }) => [name, candidate])) };
}

/** Another candidate for one layer and all that share its weights; the view as it was where there is no such cell. */
export function chosenForLayer(view: ComparisonView, layer: number, candidate: number): ComparisonView {
  const compared = view.comparison.layers.at(layer);
  if (compared?.cells.at(candidate) === undefined) return view;
  return { ...view, choice: new Map(view.choice).set(compared.sharedWith ?? compared.name, candidate) };
}

/** The best mixture for the bytes. @throws BitwrightError usage, where even the smallest is larger */
export function chosenForBudget(view: ComparisonView, budget: number): ComparisonView {
  return { ...view, choice: suggestForBudget(view.comparison, budget).choice };
}

/** The choice as the page shows it. */
export function chosenMixture({ comparison, choice }: ComparisonView): ChosenMixture {
  const { bytes, sqnrDb, lowestSqnrDb } = outcomeOf(comparison, choice);
  const candidates = comparison.layers.map(({ name, sharedWith }) => choice.get(sharedWith ?? name) ?? 0);
  return { candidates, bytes, sqnrDb, lowestSqnrDb };
}
