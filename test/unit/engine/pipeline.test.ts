import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { randomDataset } from "../../../src/engine/data/random";
import { runPipeline, type PipelineContext } from "../../../src/engine/pipeline";
import { parseRecipe } from "../../../src/engine/recipe";
import { reportSchema, type Report } from "../../../src/protocol/report";
import { loadOnnxRuntime } from "../../../src/runtime/onnxruntime";
import { modelSource, node, randomTensor, value } from "./onnx/model-builder";
import { rejectionCodeOf } from "../caught";

const source = modelSource({
  nodes: [
    node("Conv", ["x", "w1", "b1"], ["c1"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, "first"),
    node("Relu", ["c1"], ["r1"]),
    node("Conv", ["r1", "w2", "b2"], ["c2"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, "second"),
    node("Add", ["r1", "c2"], ["sum"], {}, "residual"),
    node("GlobalAveragePool", ["sum"], ["pooled"]),
    node("Flatten", ["pooled"], ["flat"]),
    node("Gemm", ["flat", "w3", "b3"], ["y"], { transB: 1 }, "head"),
  ],
  initializers: [
    randomTensor("w1", [8, 3, 3, 3], 1),
    randomTensor("b1", [8], 2),
    randomTensor("w2", [8, 8, 3, 3], 3),
    randomTensor("b2", [8], 4),
    randomTensor("w3", [5, 8], 5),
    randomTensor("b3", [5], 6),
  ],
  inputs: [value("x", ["N", 3, 8, 8])],
  outputs: [value("y", ["N", 5])],
});

const measuring: PipelineContext["measuring"] = {
  runtime: loadOnnxRuntime,
  openDataset: (settings, inputs) => {
    const { samples = 16, seed = 1 } = settings;
    return Promise.resolve({
      ...randomDataset(inputs, samples, seed),
      digest: () => Promise.resolve(`${samples} samples of seed ${seed}`),
    });
  },
  sensitivity: true,
};

const context: PipelineContext = {
  generatorVersion: "0.0.0",
  sha256: (bytes) => createHash("sha256").update(bytes).digest("hex"),
  measuring,
};

const output = { directory: "firmware", emit: ["weights", "onnx", "report"] };
const calibration = { random: true, samples: 16 };

async function reportFor(fields: object): Promise<Report> {
  const { report } = await runPipeline(source, parseRecipe({ model: "m.onnx", output, ...fields }), context);
  return reportSchema.parse(report);
}

describe("runPipeline", () => {
  it.each([
    [{ equalize: "two-step" }, "equalization needs calibration data"],
    [{ biasCorrection: "empirical" }, "bias correction needs calibration data"],
    [{ deadChannels: "fold" }, "folding dead channels needs calibration data"],
    [{ activations: { scheme: "affine", bits: 8 } }, "ranges of activations need calibration data"],
  ])("says what %j needs data for", async (fields, problem) => {
    await expect(reportFor(fields)).rejects.toMatchObject({ code: "data-missing", problem });
  });

  it("measures every layer and the model on data, and says when the data are random", async () => {
    const report = await reportFor({ activations: { scheme: "affine", bits: 8 }, calibration });
    for (const { noise } of report.layers) {
      expect(noise?.isolated.weightsDb).toBeGreaterThan(25);
      expect(noise?.isolated.activationsDb).toBeGreaterThan(25);
      expect(noise?.isolated.bothDb).toBeLessThanOrEqual(
        Math.min(noise!.isolated.weightsDb!, noise!.isolated.activationsDb!),
      );
      expect(noise?.sensitivity?.klDivergence).toBeGreaterThan(0);
    }
    expect(report.model.agreement).toBeGreaterThan(0.8);
    expect(report.model.floatAccuracy).toBeNull();
    expect(report.model.outputSqnrDb).toBeGreaterThan(20);
    expect(report.notes.join("\n")).toContain("random numbers");
  });

  it("loses less with more bits", async () => {
    const [narrow, wide] = [8, 16].map((bits) =>
      reportFor({ weights: { bits }, activations: { scheme: "affine", bits }, calibration }),
    );
    expect((await wide).model.outputSqnrDb).toBeGreaterThan((await narrow).model.outputSqnrDb! + 30);
  });

  it("says where ceil stands back for affine, and that it cuts off values that are too large for it", async () => {
    const affineInstead =
      /^Activations in ceil codes cannot be negative: of \d+ ranges [1-9]\d*, .* affine codes of 8 bits/m;
    const cut = /^Activations in ceil codes lie between 0 and 1: of \d+ ranges [1-9]\d* reach beyond/m;
    const emitted = { output: { ...output, emit: ["report"] }, calibration };
    const notesOf = async (activations: object) => (await reportFor({ ...emitted, activations })).notes.join("\n");
    const ceil = await notesOf({ scheme: "ceil", bits: 1 });
    expect(ceil).toMatch(affineInstead);
    expect(ceil).toMatch(cut);
    const affine = await notesOf({ scheme: "affine", bits: 8 });
    expect(affine).not.toMatch(affineInstead);
    expect(affine).not.toMatch(cut);
  });

  it("measures what weights alone lose where activations stay float", async () => {
    const report = await reportFor({ weights: { bits: 4 }, calibration });
    for (const { noise } of report.layers) {
      expect(noise?.isolated.exact).toEqual({ weights: false, activations: true, both: false });
      expect(noise?.isolated.bothDb).toBeCloseTo(noise!.isolated.weightsDb!, 6);
    }
  });

  it("leaves what the recipe keeps float out of codes and of noise", async () => {
    const report = await reportFor({ layers: { head: { keep: "float" } }, activations: {}, calibration });
    const head = report.layers.at(-1);
    expect(head).toMatchObject({ name: "head", scheme: "float", weights: { exact: true } });
    expect(head?.noise?.isolated.exact.weights).toBe(true);
  });

  it("writes the same bytes for the same input", async () => {
    const recipe = parseRecipe({ model: "m.onnx", activations: {}, calibration, output });
    const [first, second] = [await runPipeline(source, recipe, context), await runPipeline(source, recipe, context)];
    expect(first.artifacts.map(({ path }) => path)).toEqual([
      "model_quantized.onnx",
      "model_report.json",
      "model_weights.c",
      "model_weights.h",
    ]);
    expect(second.artifacts).toEqual(first.artifacts);
  });

  it("refuses activations without data, and data without a runtime", async () => {
    const recipe = parseRecipe({ model: "m.onnx", activations: {}, output });
    expect(await rejectionCodeOf(runPipeline(source, recipe, context))).toBe("data-missing");
    const bare = { generatorVersion: context.generatorVersion, sha256: context.sha256 };
    expect(await rejectionCodeOf(runPipeline(source, parseRecipe({ ...recipe, calibration }), bare))).toBe(
      "not-available",
    );
  });

  it("measures the same model, data and settings once, and others again", async () => {
    const kept = new Map<string, unknown>();
    const read: string[] = [];
    const cache = {
      read: (key: string): unknown => {
        if (kept.has(key)) read.push(key);
        return kept.get(key);
      },
      write: (key: string, value: unknown) => void kept.set(key, JSON.parse(JSON.stringify(value))),
    };
    const run = async (from: typeof source, fields: object) => {
      const recipe = parseRecipe({ model: "m.onnx", activations: {}, calibration, output, ...fields });
      return (await runPipeline(from, recipe, { ...context, measuring: { ...measuring, cache } })).report;
    };
    const first = await run(source, {});
    const elsewhere = { output: { directory: "elsewhere" } };
    const again = await run(source, elsewhere);
    expect(read).toHaveLength(1);
    expect(again.layers.map(({ noise }) => noise)).toEqual(first.layers.map(({ noise }) => noise));
    expect(again.model).toEqual(first.model);
    await run(source, { weights: { bits: 7 } });
    await run(source, { calibration: { ...calibration, seed: 2 } });
    await run({ ...source, sha256: "f".repeat(64) }, {});
    expect(read).toHaveLength(1);
    for (const key of kept.keys()) kept.set(key, { layers: "spoiled" });
    expect((await run(source, {})).model).toEqual(first.model);
  });

  it("reports progress that never goes back within a step", async () => {
    const steps: [string, number][] = [];
    const recipe = parseRecipe({ model: "m.onnx", activations: {}, calibration, output });
    await runPipeline(source, recipe, { ...context, progress: (step, share) => void steps.push([step, share]) });
    expect(steps.every(([, share]) => share >= 0 && share <= 1)).toBe(true);
    expect(steps.map(([step]) => step.split(":")[0])).toEqual(
      expect.arrayContaining(["Parsing", "Calibrating", "Sensitivity", "Writing"]),
    );
  });
});
