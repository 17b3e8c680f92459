/** From a comparison to a recipe: a choice for each layer. */
import type { Comparison } from "../../protocol/comparison";
import { BitwrightError } from "../../protocol/errors";
import { allocations, cheapestWithin, withinBudget } from "./allocation";
import { optionsOf, ownersOf, relativeNoise } from "./options";

/** Candidate index of every layer that holds its own weights, by layer name. */
export type Choice = ReadonlyMap<string, number>;

/** What a choice comes to. */
export interface Suggestion {
  readonly choice: Choice;
  /** Flash of the whole model. */
  readonly bytes: number;
  /** Over all weights, every layer counting the same, as in the comparison's points; null where exact. */
  readonly sqnrDb: number | null;
  /** Of the layer that loses most; null where every layer is exact. */
  readonly lowestSqnrDb: number | null;
}

/**
 * The best signal-to-noise ratio that fits into `budget` bytes of flash.
 * @throws BitwrightError usage, where even the smallest candidates need more
 */
export function suggestForBudget(comparison: Comparison, budget: number): Suggestion {
  const path = allocations(optionsOf(comparison));
  const fixed = sharedBytes(comparison);
  const best = withinBudget(path, budget - fixed);
  if (best === undefined) {
    throw new BitwrightError(
      "usage",
      `the smallest mixture of these candidates takes ${path[0].bytes + fixed} bytes, more than ${budget}`,
      "Allow more bytes, or add narrower candidates",
      { model: comparison.model.name },
    );
  }
  return suggestion(comparison, best.choice);
}

/**
 * The fewest bytes at which every layer keeps at least `minimumDb`.
 * @throws BitwrightError usage, naming a layer that no candidate keeps so good
 */
export function suggestForSqnr(comparison: Comparison, minimumDb: number): Suggestion {
  const layers = ownersOf(comparison);
  const options = cheapestWithin(optionsOf(comparison), 10 ** (-minimumDb / 10));
  const choice = options.map((option, index) => {
    if (option !== undefined) return option.candidate;
    throw new BitwrightError(
      "usage",
      `no candidate keeps ${minimumDb} dB`,
      "Lower the bound, or add wider candidates",
      {
        model: comparison.model.name,
        layer: layers[index].name,
      },
    );
  });
  return suggestion(comparison, choice);
}

/**
 * The recipe entry that carries a choice out: the most frequent candidate for all layers, and a rule for each other one.
 * @param directory output folder, relative to the recipe file
 */
export function recipeOf(comparison: Comparison, choice: Choice, model: string, directory: string): object {
  const counts = new Map<number, number>();
  for (const candidate of choice.values()) counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
  const [[usual]] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const others = [...choice].filter(([, candidate]) => candidate !== usual);
  return {
    model,
    weights: comparison.candidates[usual].settings,
    ...(others.length === 0
      ? {}
      : {
          layers: Object.fromEntries(
            others.map(([name, candidate]) => [name, comparison.candidates[candidate].settings]),
          ),
        }),
    output: { directory, emit: ["weights", "report"] },
  };
}

/**
 * What any choice comes to.
 * @param choice a candidate for every layer that holds its own weights
 */
export function outcomeOf(comparison: Comparison, choice: Choice): Suggestion {
  const cells = ownersOf(comparison).map(({ name, cells: row }) => row[choice.get(name) ?? 0]);
  const levels = cells.flatMap(({ sqnrDb }) => sqnrDb ?? []);
  const noise = cells.reduce((total, cell) => total + relativeNoise(cell), 0) / cells.length;
  return {
    choice,
    bytes: sharedBytes(comparison) + cells.reduce((total, { bytes }) => total + bytes, 0),
    sqnrDb: noise === 0 ? null : -10 * Math.log10(noise),
    lowestSqnrDb: levels.length === 0 ? null : Math.min(...levels),
  };
}

function suggestion(comparison: Comparison, candidates: readonly number[]): Suggestion {
  return outcomeOf(comparison, new Map(ownersOf(comparison).map(({ name }, index) => [name, candidates[index]])));
}

/** Flash of layers that follow an earlier one. */
function sharedBytes(comparison: Comparison): number {
  return comparison.layers
    .filter(({ sharedWith }) => sharedWith !== null)
    .reduce((total, { cells }) => total + (cells.at(0)?.bytes ?? 0), 0);
}
