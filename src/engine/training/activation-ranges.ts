/** Ranges of activations while a network is trained: they follow what the steps observe. */
import type { Calibration } from "../activations/calibrate";
import { activationParameters, type ActivationParameters, type ActivationSettings } from "../activations/parameters";
import { chooseRange, type RangeSettings } from "../activations/ranges";

/** The share of the way towards what a step observes that averages go. */
const FOLLOWING = 0.05;

/** Steps that show what steps observe of the ranges of calibration: batches are smaller, and their extremes less far. */
const FIRST_STEPS = 20;

/** By how much more than what steps observe an end may move: one that begins near 0 tells little of its growth. */
const LARGEST_GAIN = 4;

/** Numbers of a group in a checkpoint. */
const STATE = 5;

/** Least and largest. */
type Extremes = [least: number, largest: number];

/** What steps observed of a group. */
interface Observed {
  steps: number;
  /** Mean over the first steps. */
  readonly first: Extremes;
  /** Moving average. */
  readonly now: Extremes;
}

/**
 * Ranges that grow and shrink in the proportion in which the least and the largest value of a step's batch do, against those of the
 * first steps. They begin as calibration found them by the rule that was asked for.
 */
export class ActivationRanges {
  private readonly observed: readonly Observed[];
  private readonly calibrated: readonly Extremes[];

  constructor(
    { groups }: Pick<Calibration, "groups">,
    private readonly settings: readonly ActivationSettings[],
    rule: RangeSettings,
  ) {
    this.observed = groups.map(() => ({ steps: 0, first: [0, 0], now: [0, 0] }));
    this.calibrated = groups.map((group, index) => {
      const { min, max } = chooseRange(group, rule, settings[index]);
      return [min, max];
    });
  }

  /** Takes in what a step saw of a group. */
  follow(group: number, least: number, largest: number): void {
    const observed = this.observed[group];
    const { first, now } = observed;
    observed.steps++;
    for (const [end, seen] of [least, largest].entries()) {
      if (observed.steps > FIRST_STEPS) now[end] += FOLLOWING * (seen - now[end]);
      else now[end] = first[end] += (seen - first[end]) / observed.steps;
    }
  }

  /** The range that a group's codes reach over now. */
  range(group: number): Extremes {
    const [least, largest] = this.calibrated[group];
    const { first, now } = this.observed[group];
    return [followed(least, first[0], now[0]), followed(largest, first[1], now[1])];
  }

  parameters(group: number): ActivationParameters {
    return activationParameters(this.settings[group], ...this.range(group));
  }

  /** What steps observed of each group, in a row: part of a checkpoint. */
  state(): number[] {
    return this.observed.flatMap(({ steps, first, now }) => [steps, ...first, ...now]);
  }

  restore(state: readonly number[]): void {
    for (const [group, observed] of this.observed.entries()) {
      const { first, now } = observed;
      [observed.steps, first[0], first[1], now[0], now[1]] = state.slice(STATE * group);
    }
  }
}

/** An end of a range. */
function followed(calibrated: number, first: number, now: number): number {
  const gain = calibrated / first;
  return calibrated + (now - first) * (gain > 0 ? Math.min(gain, LARGEST_GAIN) : 1);
}
