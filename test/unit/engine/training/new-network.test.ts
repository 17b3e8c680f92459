import { describe, expect, it } from "vitest";
import { prepare } from "../../../../src/engine/prepare";
import { newNetwork, type NewNetworkName } from "../../../../src/engine/training/new-networks/new-network";
import { codeOf } from "../../caught";
import { sourceOf } from "../onnx/model-builder";
import { randomFeed, runModel } from "../onnx/run-model";

const NETWORKS: readonly (readonly [NewNetworkName, readonly number[], number, number])[] = [
  ["mlp", [784], 6, 266_610],
  ["lenet-5", [1, 28, 28], 5, 61_706],
  ["resnet-8", [3, 32, 32], 10, 78_666],
  ["resnet-18", [3, 32, 32], 21, 11_184_778],
];

describe("new networks", () => {
  it.each(NETWORKS)(
    "%s runs on batches, with outputs of the size of its inputs",
    async (name, dims, layers, parameters) => {
      const bytes = newNetwork(name, name === "mlp" ? { sizes: [784, 300, 100, 10] } : {});
      const prepared = prepare(sourceOf(bytes));
      expect(prepared.layers).toHaveLength(name === "mlp" ? 3 : layers);
      expect(prepared.parameters).toBe(parameters);
      const { logits } = await runModel(bytes, { input: randomFeed([4, ...dims], 3) });
      expect(logits).toHaveLength(40);
      const deviation = Math.sqrt(logits.reduce((sum, value) => sum + value * value, 0) / logits.length);
      expect(deviation).toBeGreaterThan(0.1);
      expect(deviation).toBeLessThan(3);
    },
  );

  it("are the same for the same seed alone", () => {
    const sizes = [3, 4, 2];
    expect(newNetwork("mlp", { sizes, seed: 7 })).toEqual(newNetwork("mlp", { sizes, seed: 7 }));
    expect(newNetwork("mlp", { sizes, seed: 8 })).not.toEqual(newNetwork("mlp", { sizes, seed: 7 }));
  });

  it("have the weights' variance that keeps the size of signals", () => {
    const { layers } = prepare(sourceOf(newNetwork("mlp", { sizes: [400, 300, 2], activation: "Relu" })));
    const variance = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(variance(layers[0].weight.values) * 400).toBeCloseTo(2, 1);
    expect(variance(layers[1].weight.values) * 300).toBeCloseTo(1, 0);
    const tanh = prepare(sourceOf(newNetwork("mlp", { sizes: [400, 300, 2], activation: "Tanh" })));
    expect(variance(tanh.layers[0].weight.values) * 400).toBeCloseTo(1, 1);
  });

  it.each([
    ["no sizes", () => newNetwork("mlp")],
    ["one size", () => newNetwork("mlp", { sizes: [5] })],
    ["a size of nothing", () => newNetwork("mlp", { sizes: [5, 0, 2] })],
    ["more weights than memory holds", () => newNetwork("mlp", { sizes: [100_000, 100_000] })],
    ["sizes where they are fixed", () => newNetwork("lenet-5", { sizes: [2, 3] })],
    ["half a class", () => newNetwork("resnet-8", { classes: 2.5 })],
    ["a negative seed", () => newNetwork("lenet-5", { seed: -1 })],
  ])("refuse %s", (_, work) => {
    expect(codeOf(work)).toBe("usage");
  });
});
