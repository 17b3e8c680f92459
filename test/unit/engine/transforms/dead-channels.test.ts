import { beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../../../src/engine/runtime";
import { transformNetwork } from "../../../../src/engine/transforms/transform";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { randomSamples } from "../activations/networks";
import {
  floatTensor,
  modelSource,
  node,
  randomTensor,
  randomValues,
  value,
  type ModelParts,
} from "../onnx/model-builder";
import { largestWeight, prepared } from "./random-networks";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

const samples = randomSamples("x", [2, 5, 5], 4);
const DEAD = 1;
const CONSTANT = 2;

/**
 * Channel 1 of `first` has an enormous kernel and never gets above 0; channel 2 is always 3.
 * @param pads of the depthwise convolution that reads it
 */
function network(pads: readonly number[], last = true): ModelParts {
  const weights = randomValues(4 * 2 * 9, 1);
  weights.fill(1000, DEAD * 18, (DEAD + 1) * 18);
  weights.fill(0, CONSTANT * 18, (CONSTANT + 1) * 18);
  return {
    nodes: [
      node("Conv", ["x", "w1", "b1"], ["a"], { pads: [1, 1, 1, 1] }, "first"),
      node("Relu", ["a"], ["r"]),
      node("Conv", ["r", "w2", "b2"], ["d"], { group: 4, pads }, "depthwise"),
      node("Relu", ["d"], ["s"]),
      node("Conv", ["s", "w3"], [last ? "y" : "t"], {}, "pointwise"),
    ],
    initializers: [
      floatTensor("w1", [4, 2, 3, 3], weights),
      floatTensor("b1", [4], [0.1, -1e6, 3, 0.2]),
      randomTensor("w2", [4, 1, 3, 3], 3),
      floatTensor("b2", [4], [0.3, 0.5, 9, 0.1]),
      randomTensor("w3", [3, 4, 1, 1], 5),
    ],
    inputs: [value("x", ["N", 2, 5, 5])],
  };
}

const fold = { equalization: null, deadChannels: "fold" } as const;

describe("dead channels", () => {
  it("lose their kernels, and the function stays", async () => {
    const { model, layers } = prepared(modelSource(network([1, 1, 1, 1])));
    expect(largestWeight(layers[0])).toBe(1000);
    const { layers: folded, record } = await transformNetwork(model, fold, runtime, samples);
    expect(record.relativeDifference).toBeLessThan(1e-6);
    expect(largestWeight(folded[0])).toBeLessThan(1);
    const [first, depthwise] = record.deadChannels.layers;
    expect(first).toMatchObject({ layer: "first", zeroed: [DEAD, CONSTANT], constant: [CONSTANT] });
    // Channel 1 of the depthwise layer is its bias; padding makes the contribution of channel 2 differ by position.
    expect(depthwise.unread).toEqual([DEAD]);
    expect(depthwise.zeroed).toEqual([DEAD]);
  });

  it("that are constant go into the biases of layers without padding, and then make nothing", async () => {
    const { model } = prepared(modelSource(network([0, 0, 0, 0])));
    const { layers: folded, record } = await transformNetwork(model, fold, runtime, samples);
    expect(record.relativeDifference).toBeLessThan(1e-6);
    const [first, depthwise, pointwise] = record.deadChannels.layers;
    expect(first).toMatchObject({ zeroed: [DEAD, CONSTANT], constant: [] });
    expect(folded[0].bias?.[CONSTANT]).toBe(0);
    expect(depthwise.unread).toEqual([DEAD, CONSTANT]);
    expect(pointwise.unread).toEqual([DEAD, CONSTANT]);
    expect(folded[2].bias).not.toBeNull();
  });

  it("stay as they are where that is asked for", async () => {
    const { model } = prepared(modelSource(network([1, 1, 1, 1])));
    const { model: same, record } = await transformNetwork(
      model,
      { equalization: null, deadChannels: "keep" },
      runtime,
      samples,
    );
    expect(same).toBe(model);
    expect(record.deadChannels).toEqual({ mode: "keep", layers: [] });
  });

  it("no longer hold back the scales of the others", async () => {
    const { model } = prepared(modelSource(network([1, 1, 1, 1])));
    const equalization = { method: "one-step", maxScale: 16, clip: "exact" } as const;
    const kept = await transformNetwork(model, { equalization, deadChannels: "keep" }, runtime, samples);
    const folded = await transformNetwork(model, { equalization, deadChannels: "fold" }, runtime, samples);
    const most = ({ record }: typeof kept) => Math.max(...record.equalization!.regions[0].after.weights);
    expect(most(kept)).toBe(1000);
    expect(most(folded)).toBeLessThan(1);
    expect(folded.record.relativeDifference).toBeLessThan(1e-6);
  });

  it("give MatMul a bias where it had none", async () => {
    const { model } = prepared(
      modelSource({
        nodes: [
          node("MatMul", ["x", "w1"], ["a"], {}, "first"),
          node("Add", ["a", "b1"], ["b"]),
          node("Relu", ["b"], ["r"]),
          node("MatMul", ["r", "w2"], ["y"], {}, "second"),
        ],
        initializers: [
          floatTensor("w1", [2, 3], [1, 0, 1, 2, 0, -1]),
          floatTensor("b1", [3], [0, 5, 0]),
          randomTensor("w2", [3, 2], 4),
        ],
        inputs: [value("x", ["N", 2])],
      }),
    );
    const { layers, record } = await transformNetwork(model, fold, runtime, randomSamples("x", [2], 6));
    expect(record.relativeDifference).toBeLessThan(1e-6);
    expect(layers[1].bias).toHaveLength(2);
    expect(layers[1].weight.values.slice(2, 4)).toEqual(Float32Array.of(0, 0));
  });
});
