import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crossLayerScales, oneStepScales, twoStepScales } from "../../../../src/engine/transforms/scale-formulas";

const CHANNELS = 6;
const channels = (min: number) =>
  fc.array(fc.double({ min, max: 100, noNaN: true }), { minLength: CHANNELS, maxLength: CHANNELS });
const ranges = fc.record({
  weights: fc.array(channels(0), { minLength: 1, maxLength: 3 }),
  activations: fc.array(channels(0), { minLength: 1, maxLength: 3 }),
  next: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true })), {
    minLength: CHANNELS,
    maxLength: CHANNELS,
  }),
});
const most = (values: Iterable<number>) => Math.max(...values);
const scaled = (range: readonly number[], scales: Float64Array) => range.map((value, i) => value * scales[i]);
const ROUNDING = 1 + 1e-12;

describe("one-step scales", () => {
  it("are what Algorithm 1 says", () => {
    const scales = oneStepScales({ weights: [[8, 2, 1, 0.1]], activations: [[4, 4, 1, 0.1]], next: [1, 1, 1, 1] }, 16);
    expect([...scales]).toEqual([1, 1, 4, 16]);
  });

  it("raise no extreme and amplify by 1 to S_max", () => {
    fc.assert(
      fc.property(ranges, (found) => {
        const scales = oneStepScales(found, 16);
        for (const range of [...found.weights, ...found.activations]) {
          expect(most(scaled(range, scales))).toBeLessThanOrEqual(most(range) * ROUNDING);
        }
        expect(scales.every((scale) => scale >= 1 && scale <= 16)).toBe(true);
      }),
    );
  });

  it("leave a channel whose ranges are all zero", () => {
    expect([...oneStepScales({ weights: [[1, 0]], activations: [[1, 0]], next: [1, 0] }, 16)]).toEqual([1, 1]);
  });
});

describe("two-step scales", () => {
  it("are what Algorithm 2 says", () => {
    const scales = twoStepScales({ weights: [[8, 8]], activations: [[4, 2]], next: [1, 0.5] }, 16);
    // m = 1, ½: K·m = 8, 4 and A·m = 4, 1 leave 2 and 4 for the second channel; the smaller one, times m, is 1.
    expect([...scales]).toEqual([1, 1]);
    const uneven = twoStepScales({ weights: [[8, 1]], activations: [[4, 4]], next: [0.5, 1] }, 16);
    expect([...uneven]).toEqual([0.5, 1]);
    const attenuated = twoStepScales({ weights: [[8, 8]], activations: [[4, 8]], next: [1, 0.25] }, 16);
    expect([...attenuated]).toEqual([1, 0.5]);
  });

  it("raise neither the extremes of the layer nor those of the next", () => {
    fc.assert(
      fc.property(ranges, (found) => {
        const scales = twoStepScales(found, 16);
        for (const range of [...found.weights, ...found.activations]) {
          expect(most(scaled(range, scales))).toBeLessThanOrEqual(most(range) * ROUNDING);
        }
        found.next.forEach((next, i) => expect(next / scales[i]).toBeLessThanOrEqual(ROUNDING));
      }),
    );
  });
});

describe("cross-layer scales", () => {
  it("give both sides the geometric mean of their ranges", () => {
    const own = [4, 9, 1];
    const next = [1, 4, 25];
    const scales = crossLayerScales(own, next);
    own.forEach((range, i) => expect(range * scales[i]).toBeCloseTo(next[i] / scales[i], 12));
  });

  it("leave channels that one side does not use", () => {
    expect([...crossLayerScales([0, 3], [5, 0])]).toEqual([1, 1]);
  });
});
