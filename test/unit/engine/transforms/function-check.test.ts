import { TensorProto_DataType as DataType, type NodeProto, type ValueInfoProto } from "onnx-buf";
import { beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../../../src/engine/runtime";
import { relativeDifference } from "../../../../src/engine/transforms/function-check";
import { transformNetwork } from "../../../../src/engine/transforms/transform";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { randomSamples } from "../activations/networks";
import { floatTensor, modelSource, node, randomTensor, value } from "../onnx/model-builder";
import { prepared } from "./random-networks";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

const DIMS = ["N", "C", "H", "W"];
const samples = randomSamples("x", [4, 5, 5], 2);

function network(nodes: readonly NodeProto[], output: ValueInfoProto, seed = 1) {
  return prepared(
    modelSource({
      nodes,
      initializers: [
        randomTensor("wa", [4, 4, 3, 3], seed),
        randomTensor("wb", [2, 4, 1, 1], 3),
        floatTensor("zero", [], [0]),
      ],
      inputs: [value("x", ["N", 4, 5, 5])],
      outputs: [output],
    }),
  ).model;
}

const scores = [
  node("Conv", ["x", "wa"], ["a"], {}, "first"),
  node("Relu", ["a"], ["m"]),
  node("Conv", ["m", "wb"], ["s"], {}, "second"),
];

const options = {
  equalization: { method: "two-step", maxScale: 16, clip: "exact" },
  deadChannels: "fold",
} as const;

describe("the check of the function", () => {
  it.each([
    ["a class", node("ArgMax", ["s"], ["y"], { axis: 1 }), value("y", DIMS, DataType.INT64)],
    ["a comparison", node("Greater", ["s", "zero"], ["y"]), value("y", DIMS, DataType.BOOL)],
    ["a Cast", node("Cast", ["s"], ["y"], { to: DataType.FLOAT16 }), value("y", DIMS, DataType.FLOAT16)],
  ])("of %s compares the float values before it", async (_what, last, output) => {
    const model = network([...scores, last], output);
    const other = network([...scores, last], output, 2);
    expect(await relativeDifference(model, other, runtime, samples)).toBeGreaterThan(0.1);
    const { record } = await transformNetwork(model, options, runtime, samples);
    expect(record.equalization?.regions).toHaveLength(1);
    expect(record.relativeDifference).toBeLessThan(1e-6);
  });

  it("has nothing to do where all values are float16, whose layers are left by name", async () => {
    const half = (from: string, to: string) => node("Cast", [from], [to], { to: DataType.FLOAT16 });
    const nodes = [
      ...[half("x", "xh"), half("wa", "wah"), half("wb", "wbh")],
      node("Conv", ["xh", "wah"], ["a"], {}, "first"),
      node("Relu", ["a"], ["m"]),
      node("Conv", ["m", "wbh"], ["y"], {}, "second"),
    ];
    const { record, layers } = await transformNetwork(
      network(nodes, value("y", DIMS, DataType.FLOAT16)),
      options,
      runtime,
      samples,
    );
    expect(layers.map(({ name }) => name)).toEqual(["first", "second"]);
    expect(record.relativeDifference).toBe(0);
    expect(record.equalization?.regions).toEqual([]);
    expect(record.equalization?.left.map(({ layer }) => layer)).toEqual(["first", "second"]);
    expect(record.equalization?.left[0].reason).toMatch(/not float32/);
  });
});
