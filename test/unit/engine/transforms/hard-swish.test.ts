import { beforeAll, describe, expect, it } from "vitest";
import { activationParameters } from "../../../../src/engine/activations/parameters";
import { calibrate } from "../../../../src/engine/activations/calibrate";
import { planActivations } from "../../../../src/engine/activations/plan";
import { toChannelMajor } from "../../../../src/engine/graph/layout";
import { lowerProgram } from "../../../../src/engine/program/lower";
import type { Runtime } from "../../../../src/engine/runtime";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import { MAX_RELATIVE_DIFFERENCE } from "../../../../src/engine/transforms/function-check";
import { planWithChannelBounds } from "../../../../src/engine/transforms/plan-with-channel-bounds";
import { transformNetwork } from "../../../../src/engine/transforms/transform";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { randomSamples } from "../activations/networks";
import { floatTensor, modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";
import { prepared } from "./random-networks";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

const samples = randomSamples("x", [2, 5, 5], 4);
const equalized = (clip: "exact" | "paper") =>
  ({ equalization: { method: "two-step", maxScale: 16, clip }, deadChannels: "keep" }) as const;

/** A HardSwish between two convolutions; the channels of the first differ by up to a thousand times. */
function network() {
  const weights = randomValues(4 * 2 * 9, 1).map((weight, i) => weight * 10 ** -Math.floor(i / 18));
  return prepared(
    modelSource({
      nodes: [
        node("Conv", ["x", "w1", "b1"], ["a"], { pads: [1, 1, 1, 1] }, "first"),
        node("HardSwish", ["a"], ["h"]),
        node("Conv", ["h", "w2"], ["y"], {}, "second"),
      ],
      initializers: [
        floatTensor("w1", [4, 2, 3, 3], weights),
        randomTensor("b1", [4], 2),
        randomTensor("w2", [3, 4, 1, 1], 3),
      ],
      inputs: [value("x", ["N", 2, 5, 5])],
    }),
  );
}

describe("HardSwish between equalized layers", () => {
  it("reads what its gate needs without the scales, and computes what it did", async () => {
    const { model } = network();
    const { model: transformed, record } = await transformNetwork(model, equalized("exact"), runtime, samples);
    const [region] = record.equalization!.regions;
    expect(Math.max(...region.scales) / Math.min(...region.scales)).toBeGreaterThan(4);
    expect(region.scaledClips).toBe(1);
    expect(record.relativeDifference).toBeLessThan(MAX_RELATIVE_DIFFERENCE);
    expect(transformed.graph.node.map(({ opType }) => opType)).toEqual(["Conv", "Mul", "HardSigmoid", "Mul", "Conv"]);
  });

  it("has an integer form", async () => {
    const { model, layers } = await transformNetwork(network().model, equalized("exact"), runtime, samples);
    const plan = planWithChannelBounds(model, planActivations(model, layers));
    const { groups } = await calibrate(model, plan, runtime, samples);
    const parameters = groups.map(({ min, max }) => activationParameters({ scheme: "affine", bits: 8 }, min, max));
    const settings = {
      scheme: "symmetric",
      bits: 8,
      granularity: "tensor",
      clip: "max",
      rounding: "half-even",
    } as const;
    const quantized = new Map(
      layers.map(({ name, weight, layout }) => [name, fitScheme(toChannelMajor(weight.values, layout), settings)]),
    );
    const { operations } = lowerProgram({ model, layers, quantized, plan, parameters });
    expect(operations.map(({ kind }) => kind)).toEqual([
      "convolution",
      "channel-linear",
      "lookup",
      "multiplication",
      "convolution",
    ]);
  });

  it("keeps its channels' scales in paper mode", async () => {
    const { model } = network();
    const { model: transformed, record } = await transformNetwork(model, equalized("paper"), runtime, samples);
    expect(record.equalization!.regions[0].scales).toEqual([1, 1, 1, 1]);
    expect(transformed.graph.node.map(({ opType }) => opType)).toEqual(["Conv", "HardSwish", "Conv"]);
    expect(record.relativeDifference).toBeLessThan(MAX_RELATIVE_DIFFERENCE);
  });
});
