import { describe, expect, it } from "vitest";
import { weightStatistics } from "../../../../src/engine/analysis/statistics";
import {
  addMixturePenalty,
  mixtureFrom,
  mixtureParameters,
} from "../../../../src/engine/training/regularisers/mixture";
import { addMomentPenalty } from "../../../../src/engine/training/regularisers/moments";
import { randomValues } from "../onnx/model-builder";

const WEIGHTS = randomValues(40, 9).map((value) => value ** 3 + 0.2 * value);

/** Central difference of a function of an array by one of its elements, without the rounding of float32. */
function slope(of: (values: Float32Array) => number, at: Float32Array, index: number): number {
  const step = 2 ** -10;
  const moved = (by: number) => of(at.map((value, i) => (i === index ? Math.fround(value + by) : value)));
  const up = Math.fround(at[index] + step);
  const down = Math.fround(at[index] - step);
  return (moved(step) - moved(-step)) / (up - down);
}

describe("the moment penalty", () => {
  const penalty = { skewness: 0.7, kurtosis: 0.3, wantedKurtosis: -1.2 };
  const value = (weights: Float32Array) => addMomentPenalty(weights, penalty, 2, new Float32Array(weights.length));

  it("is made of the statistics that are reported", () => {
    const { skewness, kurtosis } = weightStatistics({ values: WEIGHTS, channels: 1, perChannel: WEIGHTS.length });
    expect(value(WEIGHTS)).toBeCloseTo(2 * (0.7 * skewness ** 2 + 0.3 * (kurtosis + 1.2) ** 2), 6);
  });

  it("has the gradient of finite differences", () => {
    const gradients = new Float32Array(WEIGHTS.length);
    addMomentPenalty(WEIGHTS, penalty, 2, gradients);
    for (let i = 0; i < WEIGHTS.length; i++) {
      const expected = slope(value, WEIGHTS, i);
      expect(Math.abs(gradients[i] - expected)).toBeLessThan(2e-3 * (1 + Math.abs(expected)));
    }
  });

  it("leaves equal weights alone", () => {
    const gradients = new Float32Array(4);
    expect(addMomentPenalty(new Float32Array(4).fill(0.5), penalty, 1, gradients)).toBe(0);
    expect([...gradients]).toEqual([0, 0, 0, 0]);
  });
});

describe("the mixture penalty", () => {
  const sets = [WEIGHTS.slice(0, 25), WEIGHTS.slice(25)];
  const parameters = mixtureParameters({
    shares: Float64Array.of(0.2, 0.5, 0.3),
    means: Float64Array.of(-0.6, 0.05, 0.5),
    deviations: Float64Array.of(0.2, 0.1, 0.4),
  });
  const value = (weights: readonly Float32Array[], mixture: Float32Array) =>
    addMixturePenalty(
      weights,
      mixture,
      0.5,
      weights.map((set) => new Float32Array(set.length)),
      new Float32Array(9),
    );

  it("is the negative log-likelihood", () => {
    const { shares, means, deviations } = mixtureFrom(parameters);
    let expected = 0;
    for (const weight of WEIGHTS) {
      let density = 0;
      for (let j = 0; j < 3; j++) {
        const u = (weight - means[j]) / deviations[j];
        density += (shares[j] * Math.exp((-u * u) / 2)) / (deviations[j] * Math.sqrt(2 * Math.PI));
      }
      expected -= Math.log(density);
    }
    expect(value(sets, parameters)).toBeCloseTo(0.5 * expected, 4);
  });

  it("has the gradients of finite differences", () => {
    const gradients = sets.map((set) => new Float32Array(set.length));
    const byParameter = new Float32Array(9);
    addMixturePenalty(sets, parameters, 0.5, gradients, byParameter);
    sets.forEach((set, s) =>
      set.forEach((_, i) => {
        const expected = slope(
          (moved) =>
            value(
              sets.map((other, t) => (t === s ? moved : other)),
              parameters,
            ),
          set,
          i,
        );
        expect(Math.abs(gradients[s][i] - expected)).toBeLessThan(2e-3 * (1 + Math.abs(expected)));
      }),
    );
    byParameter.forEach((gradient, i) => {
      const expected = slope((moved) => value(sets, moved), parameters, i);
      expect(Math.abs(gradient - expected)).toBeLessThan(2e-3 * (1 + Math.abs(expected)));
    });
  });

  it("holds far weights without overflow", () => {
    const far = [Float32Array.of(1e4, -1e4)];
    expect(Number.isFinite(value(far, parameters))).toBe(true);
  });
});
