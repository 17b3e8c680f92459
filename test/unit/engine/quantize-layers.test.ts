import { afterEach, describe, expect, it, vi } from "vitest";
import { findLayers } from "../../../src/engine/graph/layers";
import { decodeModel } from "../../../src/engine/onnx/decode";
import { runPipeline, type PipelineResult } from "../../../src/engine/pipeline";
import { nonFinite } from "../../../src/engine/quantize-layers";
import { parseRecipe } from "../../../src/engine/recipe";
import { floatTensor, modelSource, node, randomTensor, type ModelParts } from "./onnx/model-builder";

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
