import { describe, expect, it } from "vitest";
import { Distribution } from "../../../../src/engine/activations/distribution";
import { ActivationRanges } from "../../../../src/engine/training/activation-ranges";

function rangesFrom(...groups: readonly (readonly [number, number])[]): ActivationRanges {
  const observed = groups.map(([min, max]) => ({ min, max, distribution: new Distribution() }));
  const settings = groups.map(() => ({ scheme: "affine", bits: 8 }) as const);
  return new ActivationRanges({ groups: observed }, settings, { rule: "max" });
}

function observe(ranges: ActivationRanges, steps: number, least: number, largest: number): void {
  for (let step = 0; step < steps; step++) ranges.follow(0, least, largest);
}

describe("ranges in training", () => {
  it("stay as they were calibrated where batches show less of them, and nothing changes", () => {
    const ranges = rangesFrom([-4, 10]);
    observe(ranges, 200, -3, 6);
    expect(ranges.range(0)).toEqual([-4, 10]);
  });

  it("grow and shrink in the proportion of what steps see", () => {
    const ranges = rangesFrom([-4, 10]);
    observe(ranges, 20, -3, 6);
    observe(ranges, 500, -1.5, 9);
    const [least, largest] = ranges.range(0);
    expect(least).toBeCloseTo(-2, 6);
    expect(largest).toBeCloseTo(15, 6);
  });

  it("that began at 0 or near it go where steps see them", () => {
    const ranges = rangesFrom([0, 1e-3]);
    observe(ranges, 20, 0, 1e-9);
    observe(ranges, 500, -2, 1);
    const [least, largest] = ranges.range(0);
    expect(least).toBeCloseTo(-2, 6);
    expect(largest).toBeCloseTo(4, 2);
  });

  it("go on from a checkpoint as if never interrupted", () => {
    const extremes = Array.from({ length: 50 }, (_, step): [number, number] => [-1 - step / 7, 2 + Math.sin(step)]);
    const [whole, first, resumed] = [1, 2, 3].map(() => rangesFrom([-1, 2], [0, 5]));
    const follow = (ranges: ActivationRanges, [least, largest]: [number, number]): void => {
      ranges.follow(0, least, largest);
      ranges.follow(1, 0, 3 * largest);
    };
    for (const one of extremes) follow(whole, one);
    for (const one of extremes.slice(0, 12)) follow(first, one);
    resumed.restore(first.state());
    for (const one of extremes.slice(12)) follow(resumed, one);
    for (const group of [0, 1]) expect(resumed.range(group)).toEqual(whole.range(group));
  });
});
