import { TensorProto_DataType as DataType } from "onnx-buf";
import { Tensor } from "onnxruntime-node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { findLayers } from "../../../src/engine/graph/layers";
import { decodeModel } from "../../../src/engine/onnx/decode";
import { runPipeline, type PipelineResult } from "../../../src/engine/pipeline";
import { nonFinite } from "../../../src/engine/quantize-layers";
import { parseRecipe } from "../../../src/engine/recipe";
import { floatTensor, modelSource, node, randomTensor, value, type ModelParts } from "./onnx/model-builder";
import { runModel, sqnrDb } from "./onnx/run-model";

const context = { generatorVersion: "0.0.0", sha256: () => "0".repeat(64) };

function quantized(parts: ModelParts, output: object = {}): Promise<PipelineResult> {
  const recipe = parseRecipe({ model: "m.onnx", output: { directory: "out", ...output } });
  return runPipeline(modelSource(parts), recipe, context);
}

const tied: ModelParts = {
  nodes: [
    node("Gather", ["w", "i"], ["e"], {}, "table"),
    node("Transpose", ["w"], ["t"]),
    node("MatMul", ["e", "t"], ["y"], {}, "head"),
  ],
  inputs: ["i"],
  initializers: [randomTensor("w", [40, 8], 1)],
};

describe("tied embeddings", () => {
  it("are stored once in channel-major order", async () => {
    const { report } = await quantized(tied);
    expect(report.layers.map(({ sharedWith }) => sharedWith)).toEqual([null, "table"]);
    expect(report.layers[1].bytes).toBe(0);
  });

  it("are stored twice in the order of the model, where they differ", async () => {
    const { report } = await quantized(tied, { order: "onnx" });
    expect(report.layers.map(({ sharedWith }) => sharedWith)).toEqual([null, null]);
  });
});

describe("tied embeddings as ONNX", () => {
  it("keep the shapes that their nodes read", async () => {
    const source = modelSource({ ...tied, inputs: [value("i", [2, 3], DataType.INT64)] });
    const output = { directory: "out", emit: ["onnx"] };
    const { artifacts } = await runPipeline(source, parseRecipe({ model: "m.onnx", output }), context);
    const feeds = { i: new Tensor("int64", BigInt64Array.from([0n, 7n, 39n, 12n, 3n, 3n]), [2, 3]) };
    const [before, after] = [await runModel(source.bytes, feeds), await runModel(artifacts[0].bytes, feeds)];
    expect(sqnrDb(before["y"], after["y"])).toBeGreaterThan(35);
  });
});

describe("nonFinite", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("looks once at weights that many layers share", () => {
    const size = 64;
    const outputs = Array.from({ length: 50 }, (_, index) => `y${index}`);
    const { layers } = findLayers(
      decodeModel(
        modelSource({
          nodes: outputs.map((output) => node("Gather", ["w", "i"], [output])),
          inputs: ["i"],
          outputs,
          initializers: [randomTensor("w", [size, size], 1)],
        }),
      ),
    );
    expect(layers).toHaveLength(50);
    const isFinite = vi.spyOn(Number, "isFinite");
    expect(layers.map(nonFinite)).toEqual(layers.map(() => null));
    expect(isFinite.mock.calls.length).toBeLessThanOrEqual(2 * size * size);
  });

  it("says in a sentence what it found", async () => {
    const bad = [
      ["w", [1, NaN, 3, 4], 'Of the 4 values of its weights "w", 1 is NaN or Infinity.'],
      ["b", [1, Infinity], "Of the 2 values of its bias, 1 is NaN or Infinity."],
    ] as const;
    for (const [name, values, reason] of bad) {
      const parts: ModelParts = {
        nodes: [node("Gemm", ["x", "w", "b"], ["y"], {}, "gemm")],
        initializers: [
          floatTensor("w", [2, 2], name === "w" ? values : [1, 2, 3, 4]),
          floatTensor("b", [2], name === "b" ? values : [1, 2]),
        ],
      };
      const { report } = await runPipeline(modelSource(parts), null, context);
      expect(report.unquantizable).toEqual([{ name: "gemm", op: "Gemm", parameters: 6, reason }]);
    }
  });
});

describe("scales in the report", () => {
  const weights = floatTensor("w", [3, 1], [127, 254, -12.7]);
  const rows: ModelParts = {
    nodes: [node("Gemm", ["x", "w"], ["y"], { transB: 1 }, "rows")],
    inputs: ["x"],
    initializers: [weights],
  };

  it("are counted, with the least and the largest", async () => {
    const { report } = await quantized(rows);
    const { count, min, max } = report.layers[0].scales ?? { count: 0, min: 0, max: 0 };
    expect(count).toBe(3);
    expect(min).toBeCloseTo(0.1, 6);
    expect(max).toBeCloseTo(2, 6);
  });

  it("are left out where weights stay float", async () => {
    const source = modelSource({ ...tied, inputs: ["i"] });
    const recipe = parseRecipe({ model: "m.onnx", layers: { table: { keep: "float" } }, output: { directory: "out" } });
    const { report } = await runPipeline(source, recipe, context);
    expect(report.layers.map(({ scales }) => scales?.count)).toEqual([undefined, 40]);
  });
});
