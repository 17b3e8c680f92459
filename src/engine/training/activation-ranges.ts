/** Ranges of activations while a network is trained: they follow what the steps observe. */
import type { Calibration } from "../activations/calibrate";
import { activationParameters, type ActivationParameters, type ActivationSettings } from "../activations/parameters";
import { chooseRange, type RangeSettings } from "../activations/ranges";

/** The share of the way towards what a step observes that ranges go. */
const FOLLOWING = 0.05;

/** Least and largest, as the moving average of what was observed. */
type Extremes = [least: number, largest: number];

/**
 * Follows the least and the largest value of every group. A rule that takes less than the whole range keeps the share of it that
 * it took at the start.
 */
export class ActivationRanges {
  private readonly extremes: Extremes[];
  private readonly shares: readonly Extremes[];

  constructor(
    { groups }: Pick<Calibration, "groups">,
    private readonly settings: readonly ActivationSettings[],
    rule: RangeSettings,
  ) {
    this.extremes = groups.map(({ min, max }) => [min, max]);
    this.shares = groups.map((group, index) => {
      const { min, max } = chooseRange(group, rule, settings[index]);
      return [shareOf(min, group.min), shareOf(max, group.max)];
    });
  }

  /** Takes in what a step saw of a group. */
  follow(group: number, least: number, largest: number): void {
    const extremes = this.extremes[group];
    extremes[0] += FOLLOWING * (least - extremes[0]);
    extremes[1] += FOLLOWING * (largest - extremes[1]);
  }

  /** The range that a group's codes reach over now. */
  range(group: number): Extremes {
    const [least, largest] = this.extremes[group];
    const [lowShare, highShare] = this.shares[group];
    return [least * lowShare, largest * highShare];
  }

  parameters(group: number): ActivationParameters {
    return activationParameters(this.settings[group], ...this.range(group));
  }

  /** Least and largest of each group in a row: part of a checkpoint. */
  state(): number[] {
    return this.extremes.flat();
  }

  restore(state: readonly number[]): void {
    for (const [group, extremes] of this.extremes.entries()) {
      extremes[0] = state[2 * group];
      extremes[1] = state[2 * group + 1];
    }
  }
}

function shareOf(chosen: number, whole: number): number {
  return whole === 0 ? 1 : chosen / whole;
}
