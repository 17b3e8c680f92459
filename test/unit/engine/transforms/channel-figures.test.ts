import { beforeAll, expect, test } from "vitest";
import { calibrate } from "../../../../src/engine/activations/calibrate";
import { planActivations } from "../../../../src/engine/activations/plan";
import type { Runtime } from "../../../../src/engine/runtime";
import { MAX_ENTRIES } from "../../../../src/engine/transforms/channel-figures";
import { planWithChannelBounds } from "../../../../src/engine/transforms/plan-with-channel-bounds";
import { transformNetwork, type TransformOptions } from "../../../../src/engine/transforms/transform";
import { transformReport } from "../../../../src/engine/transforms/transform-report";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { transformsSchema } from "../../../../src/protocol/transforms";
import { randomSamples } from "../activations/networks";
import { modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";
import { prepared } from "./random-networks";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

const TWO_STEP: TransformOptions = {
  equalization: { method: "two-step", maxScale: 16, clip: "exact" },
  deadChannels: "keep",
};
const INPUTS = 3;
const OUTPUTS = 2;

/** Two dense layers with a Relu between them. */
async function figuresOf(width: number, options: TransformOptions) {
  const network = prepared(
    modelSource({
      nodes: [
        node("Gemm", ["x", "w1", "b1"], ["h"], { transB: 1 }, "first"),
        node("Relu", ["h"], ["r"]),
        node("Gemm", ["r", "w2", "b2"], ["y"], { transB: 1 }, "second"),
      ],
      initializers: [
        randomTensor("w1", [width, INPUTS], 1),
        randomTensor("b1", [width], 2),
        randomTensor("w2", [OUTPUTS, width], 3),
        randomTensor("b2", [OUTPUTS], 4),
      ],
      inputs: [value("x", ["N", INPUTS])],
      outputs: [value("y", ["N", OUTPUTS])],
    }),
  );
  const samples = randomSamples("x", [INPUTS], 8);
  const transformed = await transformNetwork(network.model, options, runtime, samples);
  const { model, layers } = transformed;
  const plan = planWithChannelBounds(model, planActivations(model, layers));
  const calibration = await calibrate(model, plan, runtime, samples);
  return transformsSchema.parse(transformReport(network.layers, transformed, calibration));
}

function expectClose(values: readonly number[], wanted: readonly number[]): void {
  expect(values.length).toBe(wanted.length);
  values.forEach((found, index) => expect(Math.abs(found - wanted[index])).toBeLessThan(1e-3 * wanted[index] + 1e-6));
}

test("ranges of a layer, its activations and its consumer follow the scales", async () => {
  const { figures, equalization } = await figuresOf(8, TWO_STEP);
  expect(figures.map(({ layer, consumers }) => ({ layer, consumers }))).toEqual([
    { layer: "first", consumers: ["second"] },
  ]);
  expect(equalization?.left.map(({ layer }) => layer)).toEqual(["second"]);
  const [{ scales, before, after, channels, channelsPerEntry }] = figures;
  expect([channels, channelsPerEntry]).toEqual([8, 1]);
  expect(scales.some((scale) => scale > 1.1)).toBe(true);
  expectClose(
    after.weights,
    before.weights.map((range, channel) => range * scales[channel]),
  );
  expectClose(
    after.activations,
    before.activations.map((range, channel) => range * scales[channel]),
  );
  expectClose(
    after.next,
    before.next.map((range, channel) => range / scales[channel]),
  );
});

test("a wide layer has neighbouring channels in one entry, and loses no extreme", async () => {
  const width = 2 * MAX_ENTRIES + 76;
  const { figures } = await figuresOf(width, TWO_STEP);
  const [{ scales, before, after, channels, channelsPerEntry }] = figures;
  expect([channels, channelsPerEntry]).toEqual([width, 3]);
  const lists = [scales, ...Object.values(before), ...Object.values(after)];
  expect(lists.map(({ length }) => length)).toEqual(new Array<number>(7).fill(Math.ceil(width / 3)));
  const largest = Math.max(...randomValues(width * INPUTS, 1).map(Math.abs));
  expect(Math.max(...before.weights)).toBeCloseTo(largest, 3);
});

test("folding dead channels alone leaves all scales at 1, and shows the ranges that the model came with", async () => {
  const { figures, equalization, deadChannels } = await figuresOf(64, { equalization: null, deadChannels: "fold" });
  expect(equalization).toBeNull();
  const dead = deadChannels.layers.find(({ layer }) => layer === "first")?.zeroed ?? [];
  expect(dead.length).toBeGreaterThan(0);
  const [{ scales, before, after }] = figures;
  expect(new Set(scales)).toEqual(new Set([1]));
  for (const channel of dead) {
    expect(before.weights[channel]).toBeGreaterThan(0);
    expect(after.weights[channel]).toBe(0);
  }
});
