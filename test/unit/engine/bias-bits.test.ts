/** Biases of 16 bits, as a recipe asks for them. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { randomDataset } from "../../../src/engine/data/random";
import { runPipeline, type PipelineContext } from "../../../src/engine/pipeline";
import { parseRecipe } from "../../../src/engine/recipe";
import { loadOnnxRuntime } from "../../../src/runtime/onnxruntime";
import { modelSource, node, randomTensor, randomValues, value } from "./onnx/model-builder";

const CHANNELS = 4;
const source = modelSource({
  nodes: [
    node("Conv", ["x", "w1", "b1"], ["c1"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, "first"),
    node("Relu", ["c1"], ["r1"]),
    node("Flatten", ["r1"], ["flat"]),
    node("MatMul", ["flat", "w2"], ["m"], {}, "second"),
    node("Add", ["m", "b2"], ["y"], {}, "addition"),
  ],
  initializers: [
    randomTensor("w1", [CHANNELS, 2, 3, 3], 1),
    randomTensor("b1", [CHANNELS], 2),
    randomTensor("w2", [CHANNELS * 64, 3], 3),
    randomTensor("b2", [3], 4),
  ],
  inputs: [value("x", ["N", 2, 8, 8])],
  outputs: [value("y", ["N", 3])],
});

const context: PipelineContext = {
  generatorVersion: "0.0.0",
  sha256: (bytes) => createHash("sha256").update(bytes).digest("hex"),
  measuring: {
    runtime: loadOnnxRuntime,
    openDataset: (_settings, inputs) =>
      Promise.resolve({ ...randomDataset(inputs, 8, 1), digest: () => Promise.resolve("random") }),
    sensitivity: false,
  },
};
/** Activations stay float, so that nothing hides small differences. */
const DATA = { calibration: { random: true, samples: 8 } };

async function outcome(fields: object) {
  const output = { directory: "out", name: "net", emit: ["weights", "onnx", "report"] };
  const { report, artifacts } = await runPipeline(source, parseRecipe({ model: "m.onnx", output, ...fields }), context);
  const bytes = (path: string) => artifacts.find((artifact) => artifact.path === path)!.bytes;
  const text = (path: string) => new TextDecoder().decode(bytes(path));
  return { report, bytes, text };
}

describe("biases of 16 bits", () => {
  it("stand in int16 arrays with their fraction bits, and take two bytes each", async () => {
    const { text, report } = await outcome({ biasBits: 16 });
    const wide = await outcome({});
    expect(text("net_weights.c")).toMatch(/const int16_t net_first_bias\[/);
    expect(text("net_weights.c")).not.toMatch(/int32_t \w+_bias\[/);
    expect(wide.text("net_weights.c")).toMatch(/const int32_t net_first_bias\[/);
    const [, codes] = /int16_t net_first_bias\[\w+\] = \{([^}]*)\}/.exec(text("net_weights.c"))!;
    const fractionBits = Number(/NET_FIRST_BIAS_FRACTION_BITS +\(?(-?\d+)/.exec(text("net_weights.h"))![1]);
    codes.split(",").forEach((code, channel) => {
      const error = Number(code) * 2 ** -fractionBits - randomValues(CHANNELS, 2)[channel];
      expect(Math.abs(error)).toBeLessThanOrEqual(2 ** -fractionBits / 2);
    });
    expect(report.layers[0].bytes).toBe(wide.report.layers[0].bytes - 2 * CHANNELS);
    expect(report.totals.bytes).toBe(wide.report.totals.bytes - 2 * (CHANNELS + 3));
  });

  it("count in what the model loses", async () => {
    const narrow = await outcome({ ...DATA, biasBits: 16 });
    const wide = await outcome(DATA);
    expect(narrow.report.model.outputSqnrDb).not.toBe(wide.report.model.outputSqnrDb);
    expect(Math.abs(narrow.report.model.outputSqnrDb! - wide.report.model.outputSqnrDb!)).toBeLessThan(1);
    expect(narrow.report.recipe?.["biasBits"]).toBe(16);
  });

  it("are refused in other widths", () => {
    expect(() => parseRecipe({ model: "m.onnx", output: { directory: "out" }, biasBits: 8 })).toThrow(/biasBits/);
  });
});
