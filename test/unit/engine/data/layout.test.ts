import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bindSamples, splitSamples } from "../../../../src/engine/data/bind";
import type { Layout } from "../../../../src/engine/data/dataset";
import { placementOrder, placeSample } from "../../../../src/engine/data/layout";
import { errorOf, inputOf } from "./samples";

type Dims = readonly (number | null)[];

/** Dimensions in the model and order of the values, or why there are none. */
function place(source: readonly number[], model: Dims, layout: Layout | null = null): unknown {
  const result = placeSample(source, model, layout);
  if (result.kind !== "placed") return result.kind;
  const order = placementOrder(result.placement);
  return { dims: result.placement.dims, order: order === null ? "as stored" : [...order] };
}

describe("placeSample", () => {
  it.each<[string, readonly number[], Dims]>([
    ["the same shape", [3, 4], [3, 4]],
    ["open dimensions", [3, 8, 9], [3, null, null]],
    ["a missing channel", [28, 28], [1, 28, 28]],
    ["a missing last channel", [28, 28], [28, 28, 1]],
    ["a missing channel with open sizes", [28, 20], [1, null, null]],
    ["a flat input", [28, 28], [784]],
    ["flat data", [784], [1, 28, 28]],
    ["flat data for a sequence", [256], [16, 16]],
    ["channels last of size 1", [49, 10, 1], [1, 49, 10]],
    ["a batch of one in every sample", [1, 3, 8, 8], [3, 8, 8]],
    ["a single value", [], []],
  ])("leaves the order of values for %s", (_, source, model) => {
    expect(place(source, model)).toMatchObject({ order: "as stored" });
  });

  it("moves channels where only that fits", () => {
    expect(place([2, 2, 3], [3, 2, 2])).toEqual({ dims: [3, 2, 2], order: [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11] });
    expect(place([3, 2, 2], [2, 2, 3])).toEqual({ dims: [2, 2, 3], order: [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11] });
    expect(place([30, 1, 40], [40, 30, 1])).toMatchObject({ dims: [40, 30, 1] });
    expect(place([3, 2], [2, 3])).toEqual({ dims: [2, 3], order: [0, 2, 4, 1, 3, 5] });
  });

  it("asks where more than one order fits, and takes the layout that is said", () => {
    expect(place([3, 3, 3], [3, 3, 3])).toBe("ambiguous");
    expect(place([8, 8, 3], [null, null, null])).toBe("ambiguous");
    expect(place([12], [3, 2, 2])).toBe("ambiguous");
    expect(place([2, 2, 3], [12])).toBe("ambiguous");
    expect(place([3, 3, 3], [3, 3, 3], "NCHW")).toMatchObject({ order: "as stored" });
    expect(place([8, 8, 3], [null, null, null], "NHWC")).toMatchObject({ dims: [3, 8, 8] });
    expect(place([12], [3, 2, 2], "NCHW")).toMatchObject({ order: "as stored" });
    expect(place([12], [3, 2, 2], "NHWC")).toEqual({
      dims: [3, 2, 2],
      order: [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
    });
  });

  it("refuses what does not fit", () => {
    for (const [source, model] of [
      [
        [28, 28],
        [1, 32, 32],
      ],
      [[257], [256]],
      [
        [4, 6],
        [1, 8, 3],
      ],
      [[], [3]],
      [[24], [1, null, 6]],
    ] as const) {
      expect(place(source, model)).toBe("mismatch");
    }
  });

  it("never loses or repeats a value", () => {
    const size = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(fc.array(size, { maxLength: 4 }), fc.array(size, { maxLength: 4 }), (source, model) => {
        const result = placeSample(source, model, "NHWC");
        if (result.kind !== "placed") return;
        const order = placementOrder(result.placement);
        const count = source.reduce((product, dim) => product * dim, 1);
        expect(result.placement.dims.reduce((product, dim) => product * dim, 1)).toBe(count);
        if (order !== null)
          expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
    );
  });
});

describe("bindSamples", () => {
  it("takes an open or single first dimension as the batch", () => {
    expect(bindSamples([5], inputOf("float32", null, 5), null, "d")).toMatchObject({ batched: true, fixedBatch: null });
    expect(bindSamples([5], inputOf("float32", 1, 5), null, "d")).toMatchObject({ batched: true, fixedBatch: 1 });
  });

  it("takes a larger one as the batch where the samples fit the rest, as part of the sample otherwise", () => {
    expect(bindSamples([5], inputOf("float32", 8, 5), null, "d")).toMatchObject({ batched: true, fixedBatch: 8 });
    expect(bindSamples([8, 5], inputOf("float32", 8, 5), null, "d")).toMatchObject({ batched: false, fixedBatch: 1 });
    expect(bindSamples([784], inputOf("float32", 784), null, "d")).toMatchObject({ batched: false, fixedBatch: 1 });
  });

  it("shows expected and got", () => {
    const error = errorOf(() => bindSamples([32, 32, 1], inputOf("float32", null, 3, 32, 32), null, "d.npy"));
    expect(error.code).toBe("data-shape");
    expect(error.message).toMatch(/input "x", d\.npy: expected samples of 3×32×32, got 32×32×1\./);
    const doubtful = errorOf(() => bindSamples([3, 3, 3], inputOf("float32", null, 3, 3, 3), null, "d.npy"));
    expect(doubtful.message).toMatch(/more than one order.*Set layout/);
  });
});

describe("splitSamples", () => {
  it("takes the first axis as samples, or the array as one", () => {
    const input = inputOf("float32", null, 1, 28, 28);
    expect(splitSamples([60, 28, 28], input, null)).toEqual({ count: 60, dims: [28, 28] });
    expect(splitSamples([28, 28], input, null)).toEqual({ count: 1, dims: [28, 28] });
    expect(splitSamples([], inputOf("float32"), null)).toEqual({ count: 1, dims: [] });
  });
});
