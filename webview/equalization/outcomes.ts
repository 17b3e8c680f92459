/** What every variant makes of the whole network, with and without bias correction. */
import type { EqualizationComparison, EqualizationVariant } from "../../src/protocol/equalization-comparison";
import type { ModelNoise } from "../../src/protocol/noise";

export interface Outcome {
  /** Indices in the comparison. */
  readonly variant: number;
  readonly outcome: number;
  readonly of: EqualizationVariant;
  readonly biasCorrection: string;
  readonly model: ModelNoise;
}

export function outcomesOf({ variants }: EqualizationComparison): Outcome[] {
  return variants.flatMap((of, variant) =>
    of.outcomes.map(({ biasCorrection, model }, outcome) => ({ variant, outcome, of, biasCorrection, model })),
  );
}

/** `two-step + empirical`. */
export function outcomeText({ of, biasCorrection }: Pick<Outcome, "of" | "biasCorrection">): string {
  return biasCorrection === "none" ? of.label : `${of.label} + ${biasCorrection}`;
}

/** The one to choose: by accuracy where there are labels, else by agreement, else by the outputs; the first of equals. */
export function bestOutcome(outcomes: readonly Outcome[]): number {
  const rank = ({ model }: Outcome): number[] => [
    model.quantizedAccuracy ?? 0,
    model.agreement ?? 0,
    model.outputExact ? Infinity : (model.outputSqnrDb ?? -Infinity),
  ];
  return outcomes.reduce((best, outcome, index) => (isMore(rank(outcome), rank(outcomes[best])) ? index : best), 0);
}

function isMore(a: readonly number[], b: readonly number[]): boolean {
  const differs = a.findIndex((value, index) => value !== b[index]);
  return differs >= 0 && a[differs] > b[differs];
}
