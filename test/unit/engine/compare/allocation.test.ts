import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocations, cheapestWithin, withinBudget, type Option } from "../../../../src/engine/compare/allocation";

const option = (candidate: number, bytes: number, noise: number): Option => ({ candidate, bytes, noise });

/** A few layers of a few options each. */
const layersOfOptions = fc.array(
  fc
    .array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 50 })), { minLength: 1, maxLength: 5 })
    .map((pairs) => pairs.map(([bytes, noise], candidate) => option(candidate, bytes, noise))),
  { minLength: 1, maxLength: 4 },
);

/** Every mixture there is: total bytes and mean noise. */
function everyMixture(layers: readonly (readonly Option[])[]): { bytes: number; noise: number }[] {
  return layers
    .reduce<{ bytes: number; noise: number }[]>(
      (mixtures, options) =>
        mixtures.flatMap((mixture) =>
          options.map(({ bytes, noise }) => ({ bytes: mixture.bytes + bytes, noise: mixture.noise + noise })),
        ),
      [{ bytes: 0, noise: 0 }],
    )
    .map(({ bytes, noise }) => ({ bytes, noise: noise / layers.length }));
}

describe("allocations", () => {
  it("walks by noise saved per byte", () => {
    const path = allocations([
      [option(0, 10, 8), option(1, 20, 2), option(2, 40, 1)],
      [option(0, 10, 4), option(1, 30, 0)],
    ]);
    expect(path.map(({ choice, bytes, noise }) => ({ choice, bytes, noise }))).toEqual([
      { choice: [0, 0], bytes: 20, noise: 6 },
      { choice: [1, 0], bytes: 30, noise: 3 },
      { choice: [1, 1], bytes: 50, noise: 1 },
      { choice: [2, 1], bytes: 70, noise: 0.5 },
    ]);
  });

  it("passes only through mixtures that no other beats at their size, from the smallest to the best", () => {
    fc.assert(
      fc.property(layersOfOptions, (layers) => {
        const path = allocations(layers);
        const mixtures = everyMixture(layers);
        for (const { bytes, noise } of path) {
          const best = Math.min(
            ...mixtures.filter((mixture) => mixture.bytes <= bytes).map((mixture) => mixture.noise),
          );
          expect(noise).toBeCloseTo(best, 9);
        }
        expect(path[0].bytes).toBe(Math.min(...mixtures.map(({ bytes }) => bytes)));
        expect(path.at(-1)?.noise).toBeCloseTo(Math.min(...mixtures.map(({ noise }) => noise)), 9);
        path.forEach(({ choice, bytes }) => {
          expect(choice.reduce((total, candidate, layer) => total + layers[layer][candidate].bytes, 0)).toBe(bytes);
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe("withinBudget", () => {
  const path = allocations([[option(0, 10, 8), option(1, 20, 2), option(2, 40, 1)]]);
  it.each([
    [9, undefined],
    [10, 0],
    [39, 1],
    [1000, 2],
  ])("takes the best that fits %d bytes", (budget, candidate) => {
    expect(withinBudget(path, budget)?.choice[0]).toBe(candidate);
  });
});

describe("cheapestWithin", () => {
  it("takes the fewest bytes that are good enough, and says where there are none", () => {
    const layers = [[option(0, 30, 1), option(1, 20, 2), option(2, 10, 9)], [option(0, 10, 9)]];
    expect(cheapestWithin(layers, 2).map((found) => found?.candidate)).toEqual([1, undefined]);
  });
});
