import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Layer } from "../../../../src/engine/graph/layer";
import { findLayers } from "../../../../src/engine/graph/layers";
import type { Runtime } from "../../../../src/engine/runtime";
import { EQUALIZATION_METHODS, type EqualizationMethod } from "../../../../src/engine/transforms/equalization";
import { MAX_RELATIVE_DIFFERENCE, relativeDifference } from "../../../../src/engine/transforms/function-check";
import type { PowerOfTwoCodes } from "../../../../src/engine/transforms/power-of-two-units";
import { transformNetwork } from "../../../../src/engine/transforms/transform";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { randomSamples } from "../activations/networks";
import { ACTIVATIONS, INPUT, largestWeight, randomNetwork } from "./random-networks";
import { toleratesRounding } from "./rounding";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

const LARGEST_CODE = 127;
const calibration = randomSamples("x", INPUT, 4);

const chain = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  blocks: fc.array(
    fc.record({
      kind: fc.constantFrom("conv" as const, "depthwise" as const, "grouped" as const, "residual" as const),
      activation: fc.constantFrom(...ACTIVATIONS),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  head: fc.constantFrom("average" as const, "flatten" as const),
});

function codesOf(layers: readonly Layer[], activations: number | null): PowerOfTwoCodes {
  return { weights: new Map(layers.map(({ name }) => [name, LARGEST_CODE])), activations };
}

function equalized(plan: Parameters<typeof randomNetwork>[0], method: EqualizationMethod, codes?: PowerOfTwoCodes) {
  const { model } = randomNetwork(plan);
  const equalization = { method, maxScale: 16, clip: "exact" } as const;
  const options = { equalization, deadChannels: "keep", ...(codes && { powerOfTwo: codes }) } as const;
  return transformNetwork(model, options, runtime, calibration);
}

/** By how many octaves the least sufficient power of two exceeds the range. */
function excess(range: number): number {
  const octaves = Math.log2(range / LARGEST_CODE);
  return Math.ceil(octaves) - octaves;
}

describe("units for powers of two", () => {
  it.each(EQUALIZATION_METHODS)("after %s leave the function as it is", async (method) => {
    await fc.assert(
      fc.asyncProperty(chain, async (plan) => {
        const { model, layers } = randomNetwork(plan);
        fc.pre(await toleratesRounding(model, runtime, calibration));
        const { model: aligned } = await equalized(plan, method, codesOf(layers, LARGEST_CODE));
        expect(await relativeDifference(model, aligned, runtime, calibration)).toBeLessThan(MAX_RELATIVE_DIFFERENCE);
      }),
      { numRuns: 15 },
    );
  });

  it("lower the noise of weights with a power of two a tensor, in sum over the layers", async () => {
    const noise = (layers: readonly Layer[]) =>
      layers.reduce((sum, layer) => sum + 4 ** excess(largestWeight(layer)), 0);
    let lowered = 0;
    await fc.assert(
      fc.asyncProperty(chain, async (plan) => {
        const { model, layers } = randomNetwork(plan);
        fc.pre(await toleratesRounding(model, runtime, calibration));
        const free = noise((await equalized(plan, "two-step")).layers);
        const aligned = noise((await equalized(plan, "two-step", codesOf(layers, null))).layers);
        expect(aligned).toBeLessThanOrEqual(free * (1 + 1e-2));
        lowered += free - aligned;
      }),
      { numRuns: 15 },
    );
    expect(lowered).toBeGreaterThan(0);
  });

  it("end ranges of activations just below a power of two where nothing else counts", async () => {
    const plan = { seed: 7, blocks: [{ kind: "conv", activation: "Relu6" }], head: "average" } as const;
    const { record } = await equalized(plan, "two-step", { weights: new Map(), activations: LARGEST_CODE });
    for (const { after } of record.equalization!.regions) {
      expect(excess(Math.max(...after.activations))).toBeLessThan(1 / 32);
    }
  });

  it("keep the ratios of the scales, and the record names the factor", async () => {
    const plan = { seed: 11, blocks: [{ kind: "conv", activation: "Relu" }], head: "average" } as const;
    const { layers } = findLayers(randomNetwork(plan).model);
    const free = (await equalized(plan, "one-step")).record.equalization!.regions;
    const aligned = (await equalized(plan, "one-step", codesOf(layers, LARGEST_CODE))).record.equalization!.regions;
    expect(aligned.some(({ common }) => common > 1 && common < 2)).toBe(true);
    aligned.forEach(({ scales, common }, index) => {
      scales.forEach((scale, channel) => expect(scale / common).toBeCloseTo(free[index].scales[channel], 10));
    });
  });

  it("stay as they are where channels of other regions are read beside them", async () => {
    const plan = { seed: 5, blocks: [{ kind: "concat", activation: "Relu" }], head: "average" } as const;
    const { layers } = findLayers(randomNetwork(plan).model);
    const { regions } = (await equalized(plan, "one-step", codesOf(layers, LARGEST_CODE))).record.equalization!;
    const joined = regions.filter(({ consumers }) =>
      consumers.some((name) => regions.filter((other) => other.consumers.includes(name)).length > 1),
    );
    expect(joined).toHaveLength(2);
    expect(joined.map(({ common }) => common)).toEqual([1, 1]);
  });
});
