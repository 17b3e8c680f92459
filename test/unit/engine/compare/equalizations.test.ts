import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { compareEqualizations } from "../../../../src/engine/compare/equalizations";
import { randomDataset } from "../../../../src/engine/data/random";
import type { PipelineContext } from "../../../../src/engine/pipeline";
import { parseRecipe } from "../../../../src/engine/recipe";
import { equalizationComparisonSchema } from "../../../../src/protocol/equalization-comparison";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { rejectionCodeOf } from "../../caught";
import { floatTensor, modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";

const WIDTH = 8;
/** Never above 0 before the Relu. */
const DEAD = 3;

/** Channels of a dense layer from one to 128 times as wide as the first, which the next layer divides away. */
const scaled = (values: Float32Array, scaleOf: (index: number) => number) =>
  values.map((weight, index) => weight * scaleOf(index));

const source = (bias: Float32Array) =>
  modelSource({
    nodes: [
      node("Gemm", ["x", "w1", "b1"], ["h"], { transB: 1 }, "first"),
      node("Relu", ["h"], ["r"]),
      node("Gemm", ["r", "w2", "b2"], ["y"], { transB: 1 }, "second"),
    ],
    initializers: [
      floatTensor(
        "w1",
        [WIDTH, 4],
        scaled(randomValues(WIDTH * 4, 1), (index) => 2 ** (index >> 2)),
      ),
      floatTensor("b1", [WIDTH], bias),
      floatTensor(
        "w2",
        [5, WIDTH],
        scaled(randomValues(5 * WIDTH, 3), (index) => 2 ** -(index % WIDTH)),
      ),
      randomTensor("b2", [5], 4),
    ],
    inputs: [value("x", ["N", 4])],
    outputs: [value("y", ["N", 5])],
  });

const context: PipelineContext = {
  generatorVersion: "0.0.0",
  sha256: (bytes) => createHash("sha256").update(bytes).digest("hex"),
  measuring: {
    runtime: loadOnnxRuntime,
    openDataset: (_settings, inputs) => {
      const dataset = randomDataset(inputs, 32, 1);
      const labels = Int32Array.from({ length: 32 }, (_, index) => index % 5);
      return Promise.resolve({ ...dataset, labels, digest: () => Promise.resolve("") });
    },
    sensitivity: false,
  },
};

const withoutData = parseRecipe({
  model: "m.onnx",
  weights: { bits: 6, granularity: "tensor" },
  activations: { scheme: "affine", bits: 8 },
  output: { directory: "." },
});
const recipe = { ...withoutData, calibration: { random: true } };

const biasesWith = (dead: boolean) =>
  Float32Array.from({ length: WIDTH }, (_, channel) => (dead && channel === DEAD ? -1000 : 0));

test("every equalization is measured on every layer and on the network, with and without bias correction", async () => {
  const comparison = equalizationComparisonSchema.parse(
    await compareEqualizations(source(biasesWith(false)), recipe, context),
  );
  expect(comparison.layers.map(({ name }) => name)).toEqual(["first", "second"]);
  expect(comparison.variants.map(({ label }) => label)).toEqual(["none", "one-step", "two-step", "cle"]);
  const [none, oneStep, twoStep] = comparison.variants;
  for (const { layers, outcomes } of comparison.variants) {
    expect(layers.length).toBe(2);
    expect(outcomes.map(({ biasCorrection }) => biasCorrection)).toEqual(["none", "empirical"]);
    for (const { model } of outcomes) {
      expect(model.evaluationSamples).toBe(32);
      expect(model.quantizedAccuracy).not.toBeNull();
      expect(model.agreement).not.toBeNull();
    }
  }
  const weights = (variant: typeof none) => variant.layers[0].weights ?? 0;
  expect(weights(oneStep)).toBeGreaterThan(weights(none) + 3);
  expect(weights(twoStep)).toBeGreaterThan(weights(none) + 3);
  expect(none.mean.both).toBeCloseTo(((none.layers[0].both ?? 0) + (none.layers[1].both ?? 0)) / 2, 9);
  expect(twoStep.left.map(({ layer }) => layer)).toEqual(["second"]);
});

test("dead channels alone are a variant of their own, where there are any", async () => {
  const { variants } = await compareEqualizations(source(biasesWith(true)), recipe, context);
  expect(variants.map(({ label, deadChannels }) => [label, deadChannels])).toEqual([
    ["none", 0],
    ["dead channels", 1],
    ["one-step", 1],
    ["two-step", 1],
    ["cle", 1],
  ]);
  const kept = await compareEqualizations(source(biasesWith(true)), { ...recipe, deadChannels: "keep" }, context);
  expect(kept.variants.map(({ label }) => label)).toEqual(["none", "one-step", "two-step", "cle"]);
});

test("the recipe's own bias correction is compared", async () => {
  const analytic = { ...recipe, biasCorrection: "analytic" } as const;
  const { variants } = await compareEqualizations(source(biasesWith(false)), analytic, context);
  expect(variants[0].outcomes.map(({ biasCorrection }) => biasCorrection)).toEqual(["none", "analytic"]);
});

test("there is nothing to compare without data", async () => {
  const comparing = compareEqualizations(source(biasesWith(false)), withoutData, context);
  expect(await rejectionCodeOf(comparing)).toBe("data-missing");
});
