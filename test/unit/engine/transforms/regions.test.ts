import type { NodeProto } from "onnx-buf";
import { beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../../../src/engine/runtime";
import { probeGraph } from "../../../../src/engine/transforms/graph-facts";
import { findRegions } from "../../../../src/engine/transforms/regions";
import { transformNetwork } from "../../../../src/engine/transforms/transform";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { randomSamples } from "../activations/networks";
import {
  floatTensor,
  int64Tensor,
  modelSource,
  node,
  randomTensor,
  value,
  type ModelParts,
} from "../onnx/model-builder";
import { prepared } from "./random-networks";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

const samples = randomSamples("x", [4, 5, 5], 2);

/** Two convolutions, `a` and `b`, with nodes between that read `a` and make `m`. */
function between(nodes: readonly NodeProto[], changes: Partial<ModelParts> = {}): ModelParts {
  return {
    nodes: [
      node("Conv", ["x", "wa", "ba"], ["a"], { pads: [1, 1, 1, 1] }, "first"),
      ...nodes,
      node("Conv", ["m", "wb"], ["y"], {}, "second"),
    ],
    initializers: [
      randomTensor("wa", [4, 4, 3, 3], 1),
      randomTensor("ba", [4], 2),
      randomTensor("wb", [2, 4, 1, 1], 3),
      randomTensor("constant", [4, 1, 1], 4),
      randomTensor("slopes", [4, 1, 1], 5),
      randomTensor("wl", [1, 16, 4], 6),
      randomTensor("rl", [1, 16, 4], 7),
      floatTensor("one", [], [1]),
      int64Tensor("pads", [8], [0, 0, 1, 1, 0, 0, 1, 1]),
      int64Tensor("first axis", [1], [0]),
      int64Tensor("as image", [4], [-1, 4, 1, 1]),
    ],
    inputs: [value("x", ["N", 4, 5, 5])],
    ...changes,
  };
}

async function regionsOf(parts: ModelParts) {
  const { model, layers } = prepared(modelSource(parts));
  return findRegions(model, layers, await probeGraph(model, runtime, samples));
}

describe("regions", () => {
  it.each([
    ["Relu", [node("Relu", ["a"], ["m"])]],
    ["LeakyRelu", [node("LeakyRelu", ["a"], ["m"])]],
    ["PRelu, slopes negative too", [node("PRelu", ["a", "slopes"], ["m"])]],
    ["HardSwish", [node("HardSwish", ["a"], ["m"])]],
    ["Mul by a constant", [node("Mul", ["a", "constant"], ["m"])]],
    ["MaxPool", [node("MaxPool", ["a"], ["m"], { kernel_shape: [2, 2] })]],
    ["ReduceMean over space", [node("ReduceMean", ["a"], ["m"], { axes: [2, 3] })]],
    ["a gate", [node("Sigmoid", ["x"], ["s"]), node("Mul", ["a", "s"], ["m"])]],
    ["Identity and Dropout", [node("Identity", ["a"], ["i"]), node("Dropout", ["i"], ["m"])]],
  ])("reach through %s", async (_, nodes) => {
    const { regions, left } = await regionsOf(between(nodes));
    expect(regions.map(({ producers }) => producers.map(({ layer }) => layer.name))).toEqual([["first"]]);
    expect(regions[0].consumers.map(({ layer }) => layer.name)).toEqual(["second"]);
    expect(left).toEqual([{ layer: "second", reason: '"y" is an output of the model.' }]);
  });

  it.each([
    ["Sigmoid", [node("Sigmoid", ["a"], ["m"], {}, "s")], 'Sigmoid "s" does not commute with scales.'],
    ["HardSigmoid", [node("HardSigmoid", ["a"], ["m"], {}, "h")], 'HardSigmoid "h" does not commute with scales.'],
    ["a constant", [node("Add", ["a", "constant"], ["m"], {}, "c")], 'Add "c" adds a value that cannot be scaled.'],
    ["an input", [node("Add", ["a", "x"], ["m"], {}, "i")], 'Add "i" adds a value that cannot be scaled.'],
    ["itself", [node("Mul", ["a", "a"], ["m"], {}, "q")], /multiplies two values/],
    ["data slopes", [node("PRelu", ["a", "x"], ["m"], {}, "p")], /second input that depends on the data/],
    ["Softmax", [node("Softmax", ["a"], ["m"], { axis: 1 }, "s")], /does not commute/],
    [
      "padding with ones",
      [node("Pad", ["a", "pads", "one"], ["m"], {}, "p")],
      'Pad "p" pads with values other than zero.',
    ],
    [
      "LSTM",
      [
        node("ReduceMean", ["a"], ["mean"], { axes: [2, 3], keepdims: 0 }),
        node("Unsqueeze", ["mean", "first axis"], ["sequence"]),
        node("LSTM", ["sequence", "wl", "rl"], ["states"], { hidden_size: 4 }, "l"),
        node("Reshape", ["states", "as image"], ["m"]),
      ],
      'LSTM "l" is not scalable.',
    ],
  ])("stop at %s and say so", async (_, nodes, reason) => {
    const { regions, left } = await regionsOf(between(nodes));
    expect(regions).toEqual([]);
    const entry = left.find(({ layer }) => layer === "first");
    if (typeof reason === "string") expect(entry?.reason).toBe(reason);
    else expect(entry?.reason).toMatch(reason);
  });

  it("stop where a value is an output of the model too, with the whole residual group", async () => {
    const nodes = [
      node("Conv", ["a", "wa", "ba"], ["c"], { pads: [1, 1, 1, 1] }, "tied"),
      node("Add", ["a", "c"], ["s"]),
      node("Relu", ["s"], ["m"]),
    ];
    const parts = between(nodes, { outputs: ["y", value("c")] });
    const own = { ...parts, initializers: [...(parts.initializers ?? []), randomTensor("wc", [4, 4, 3, 3], 8)] };
    own.nodes[1].input[1] = "wc";
    const { regions, left } = await regionsOf(own);
    expect(regions).toEqual([]);
    expect(left.map(({ layer }) => layer)).toEqual(["first", "tied", "second"]);
    expect(left[0].reason).toBe('"c" is an output of the model.');
  });

  it("leave layers that share their weights", async () => {
    const nodes = [node("Conv", ["a", "wa", "ba"], ["m"], { pads: [1, 1, 1, 1] }, "again")];
    const { left } = await regionsOf(between(nodes));
    expect(left[0].reason).toMatch(/shares? its weights|does not commute|is not scalable/);
  });

  it("tie the layers of a residual sum to one set of scales", async () => {
    const nodes = [
      node("Conv", ["a", "wc"], ["c"], { pads: [1, 1, 1, 1] }, "tied"),
      node("Add", ["a", "c"], ["s"]),
      node("Relu", ["s"], ["m"]),
    ];
    const parts = between(nodes);
    const { regions } = await regionsOf({
      ...parts,
      initializers: [...(parts.initializers ?? []), randomTensor("wc", [4, 4, 3, 3], 8)],
    });
    expect(regions).toHaveLength(1);
    expect(regions[0].producers.map(({ layer }) => layer.name)).toEqual(["first", "tied"]);
    expect(regions[0].consumers.map(({ layer }) => layer.name)).toEqual(["tied", "second"]);
    expect(regions[0].classCount).toBe(4);
  });
});

describe("bad input", () => {
  const relu = [node("Relu", ["a"], ["m"])];
  const options = (method: "one-step" | "two-step" | "cle") =>
    ({ equalization: { method, maxScale: 16, clip: "exact" }, deadChannels: "fold" }) as const;

  it.each(["one-step", "two-step", "cle"] as const)("%s defines consumers without weights", async (method) => {
    const parts = between(relu);
    const zero = floatTensor("wb", [2, 4, 1, 1], new Float32Array(8));
    const initializers = [...(parts.initializers ?? []).filter(({ name }) => name !== "wb"), zero];
    const { model } = prepared(modelSource({ ...parts, initializers }));
    const { record, layers } = await transformNetwork(model, options(method), runtime, samples);
    expect(record.relativeDifference).toBe(0);
    // Nobody reads the channels: what makes them is dropped.
    expect(layers[0].weight.values.every((weight) => weight === 0)).toBe(true);
  });

  it("leaves layers whose scales would leave the range of float32, by name", async () => {
    const parts = between(relu);
    const tiny = floatTensor(
      "wa",
      [4, 4, 3, 3],
      new Float32Array(144).map((_, i) => (i < 36 ? 1e-38 : 1)),
    );
    const bias = floatTensor("ba", [4], new Float32Array(4));
    const kept = (parts.initializers ?? []).filter(({ name }) => name !== "wa" && name !== "ba");
    const { model } = prepared(modelSource({ ...parts, initializers: [...kept, tiny, bias] }));
    const { record } = await transformNetwork(model, { ...options("cle"), deadChannels: "keep" }, runtime, samples);
    expect(record.equalization?.left).toContainEqual({
      layer: "first",
      reason: "Its scales would leave the range of float32.",
    });
    expect(record.relativeDifference).toBe(0);
  });

  it("leaves layers with NaN among their weights", async () => {
    const parts = between(relu);
    const broken = floatTensor("wa", [4, 4, 3, 3], new Float32Array(144).fill(NaN, 0, 1));
    const kept = (parts.initializers ?? []).filter(({ name }) => name !== "wa");
    const { left } = await regionsOf({ ...parts, initializers: [...kept, broken] });
    expect(left[0].reason).toBe("Its weights hold NaN or Infinity.");
  });

  it("asks for samples", async () => {
    const { model } = prepared(modelSource(between(relu)));
    const none = { ...samples, count: 0 };
    await expect(transformNetwork(model, options("two-step"), runtime, none)).rejects.toMatchObject({
      code: "data-too-few",
    });
  });
});
