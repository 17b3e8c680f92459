import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../../../src/engine/runtime";
import { EQUALIZATION_METHODS } from "../../../../src/engine/transforms/equalization";
import { MAX_RELATIVE_DIFFERENCE, relativeDifference } from "../../../../src/engine/transforms/function-check";
import { transformNetwork } from "../../../../src/engine/transforms/transform";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { randomSamples } from "../activations/networks";
import { ACTIVATIONS, BLOCKS, HEADS, INPUT, largestWeight, randomNetwork } from "./random-networks";
import { toleratesRounding } from "./rounding";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

const calibration = randomSamples("x", INPUT, 4);
/** The first of them are not among the calibration data. */
const others = {
  ...randomSamples("x", INPUT, 16),
  read: (start: number, count: number) => randomSamples("x", INPUT, 32).read(start + 16, count),
};

const network = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  blocks: fc.array(fc.record({ kind: fc.constantFrom(...BLOCKS), activation: fc.constantFrom(...ACTIVATIONS) }), {
    minLength: 1,
    maxLength: 4,
  }),
  head: fc.constantFrom(...HEADS),
});

const ROUNDING = 1 + 1e-5;

describe("equalization of random networks", () => {
  it.each(EQUALIZATION_METHODS)("%s leaves the function as it is, on data it has not seen too", async (method) => {
    await fc.assert(
      fc.asyncProperty(network, async (plan) => {
        const { model } = randomNetwork(plan);
        fc.pre(await toleratesRounding(model, runtime, calibration));
        fc.pre(await toleratesRounding(model, runtime, others));
        const options = { equalization: { method, maxScale: 16, clip: "exact" }, deadChannels: "keep" } as const;
        const { model: equalized, record } = await transformNetwork(model, options, runtime, calibration);
        const absorbs = record.absorbed.length > 0;
        expect(record.equalization?.regions.length).toBeGreaterThan(0);
        expect(record.relativeDifference).toBeLessThan(MAX_RELATIVE_DIFFERENCE);
        expect(await relativeDifference(model, equalized, runtime, absorbs ? calibration : others)).toBeLessThan(
          MAX_RELATIVE_DIFFERENCE,
        );
      }),
      { numRuns: 40 },
    );
  });

  it.each([...BLOCKS, ...HEADS])("reaches through %s, and leaves nothing but the output layer", async (part) => {
    const kind = BLOCKS.find((block) => block === part) ?? "conv";
    const head = HEADS.find((known) => known === part) ?? "average";
    for (const activation of ACTIVATIONS) {
      const { model, layers } = randomNetwork({ seed: 7, blocks: [{ kind, activation }], head });
      const options = {
        equalization: { method: "two-step", maxScale: 16, clip: "exact" },
        deadChannels: "keep",
      } as const;
      const { record } = await transformNetwork(model, options, runtime, calibration);
      expect(record.equalization!.left.map(({ layer }) => layer)).toEqual([layers.at(-1)!.name]);
      expect(record.relativeDifference).toBeLessThan(MAX_RELATIVE_DIFFERENCE);
      for (const { scales } of record.equalization!.regions) expect(new Set(scales).size).toBeGreaterThan(1);
    }
  });

  it.each(["one-step", "two-step"] as const)("%s raises no extreme of a layer or of the next", async (method) => {
    await fc.assert(
      fc.asyncProperty(network, async (plan) => {
        const { model, layers } = randomNetwork(plan);
        fc.pre(await toleratesRounding(model, runtime, calibration));
        const options = { equalization: { method, maxScale: 16, clip: "exact" }, deadChannels: "keep" } as const;
        const { layers: equalized, record } = await transformNetwork(model, options, runtime, calibration);
        const common = new Map<string, number>();
        const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0);
        const regions = record.equalization?.regions ?? [];
        for (const region of regions) for (const layer of region.layers) common.set(layer, region.common);
        for (const region of regions) {
          const readsOthers = (name: string) => regions.filter(({ consumers }) => consumers.includes(name)).length > 1;
          if (!region.consumers.some(readsOthers)) {
            const units = most(region.consumers.map((layer) => common.get(layer) ?? 1)) / region.common;
            expect(most(region.after.next)).toBeLessThanOrEqual(most(region.before.next) * units * ROUNDING);
          }
          expect(most(region.after.activations)).toBeLessThanOrEqual(
            most(region.before.activations) * region.common * ROUNDING,
          );
          if (method === "one-step") expect(region.scales.every((scale) => scale >= 1 && scale <= 16)).toBe(true);
        }
        layers.forEach((layer, index) => {
          const limit = largestWeight(layer) * (common.get(layer.name) ?? 1) * ROUNDING;
          expect(largestWeight(equalized[index])).toBeLessThanOrEqual(limit);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("levels the weights of a layer: the narrowest channel comes nearer to the widest", async () => {
    const { model } = randomNetwork({ seed: 3, blocks: [{ kind: "conv", activation: "Relu" }], head: "average" });
    for (const method of EQUALIZATION_METHODS) {
      const options = { equalization: { method, maxScale: 16, clip: "exact" }, deadChannels: "keep" } as const;
      const { record } = await transformNetwork(model, options, runtime, calibration);
      const spread = ({ weights }: { readonly weights: readonly number[] }) =>
        Math.max(...weights) / Math.min(...weights);
      const [, second] = record.equalization!.regions;
      expect(spread(second.after)).toBeLessThan(spread(second.before));
    }
  });

  it("in paper mode leaves every Clip as it is and says by how much the function changes", async () => {
    const { model } = randomNetwork({ seed: 5, blocks: [{ kind: "conv", activation: "Relu6" }], head: "average" });
    const options = {
      equalization: { method: "two-step", maxScale: 16, clip: "paper" },
      deadChannels: "keep",
    } as const;
    const { model: equalized, record } = await transformNetwork(model, options, runtime, calibration);
    expect(equalized.graph.node.filter(({ opType }) => opType === "Clip")).toHaveLength(1);
    const clipped = record.equalization!.regions.find(({ layers }) => layers[0] === "Conv5")!;
    expect(Math.min(...clipped.scales)).toBeGreaterThanOrEqual(0.7);
    expect(record.relativeDifference).toBeGreaterThan(0);
    expect(record.relativeDifference).toBeLessThan(1);
  });
});
