import { describe, expect, it } from "vitest";
import { spreadSamples, type SampleSource } from "../../../../src/engine/training/samples";

/** Samples of two elements: their own number, and its double. */
function numbers(count: number, fixedBatch: number | null = null): SampleSource {
  return {
    count,
    fixedBatch,
    read: (start, length) => {
      const data = Float32Array.from({ length: 2 * length }, (_, i) => (start + (i >> 1)) * (1 + (i % 2)));
      return Promise.resolve({ x: { type: "float32", dims: [length, 2], data } });
    },
  };
}

async function numbersOf(source: SampleSource, start: number, length: number): Promise<number[]> {
  const { x } = await source.read(start, length);
  const values = Array.from(x.data, Number);
  expect(x.dims).toEqual([length, 2]);
  return values.filter((value, i) => {
    if (i % 2 === 1) expect(value).toBe(2 * values[i - 1]);
    return i % 2 === 0;
  });
}

describe("samples at equal distances", () => {
  it("come from everywhere, in whatever pieces they are read", async () => {
    const spread = spreadSamples(numbers(1000), 4);
    expect(spread.count).toBe(4);
    expect(await numbersOf(spread, 0, 4)).toEqual([0, 250, 500, 750]);
    expect([...(await numbersOf(spread, 0, 1)), ...(await numbersOf(spread, 1, 3))]).toEqual([0, 250, 500, 750]);
  });

  it("are all where there are no more", async () => {
    const spread = spreadSamples(numbers(5), 256);
    expect(await numbersOf(spread, 0, spread.count)).toEqual([0, 1, 2, 3, 4]);
  });

  it("stand in whole batches where the model fixes them", async () => {
    const spread = spreadSamples(numbers(43, 4), 11);
    expect([spread.count, spread.fixedBatch]).toEqual([8, 4]);
    expect(await numbersOf(spread, 0, 4)).toEqual([0, 1, 2, 3]);
    expect(await numbersOf(spread, 4, 4)).toEqual([20, 21, 22, 23]);
    expect(spreadSamples(numbers(43, 4), 3).count).toBe(4);
  });
});
