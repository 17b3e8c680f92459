/** Whole networks in integers, as a recipe asks for them. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { randomDataset } from "../../../src/engine/data/random";
import { runPipeline, type PipelineContext, type PipelineResult } from "../../../src/engine/pipeline";
import { parseRecipe } from "../../../src/engine/recipe";
import { reportSchema } from "../../../src/protocol/report";
import { loadOnnxRuntime } from "../../../src/runtime/onnxruntime";
import { modelSource, node, randomTensor, value } from "./onnx/model-builder";

const source = modelSource({
  nodes: [
    node("Conv", ["x", "w1", "b1"], ["c1"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, "first"),
    node("Relu", ["c1"], ["r1"]),
    node("MaxPool", ["r1"], ["p1"], { kernel_shape: [2, 2], strides: [2, 2] }, "pool"),
    node("Flatten", ["p1"], ["flat"]),
    node("Gemm", ["flat", "w2", "b2"], ["y"], { transB: 1 }, "head"),
  ],
  initializers: [
    randomTensor("w1", [4, 2, 3, 3], 1),
    randomTensor("b1", [4], 2),
    randomTensor("w2", [5, 64], 3),
    randomTensor("b2", [5], 4),
  ],
  inputs: [value("x", ["N", 2, 8, 8])],
  outputs: [value("y", ["N", 5])],
});

const context: PipelineContext = {
  generatorVersion: "0.0.0",
  sha256: (bytes) => createHash("sha256").update(bytes).digest("hex"),
  measuring: {
    runtime: loadOnnxRuntime,
    openDataset: ({ samples = 8, seed = 1 }, inputs) =>
      Promise.resolve({ ...randomDataset(inputs, samples, seed), digest: () => Promise.resolve("random") }),
    sensitivity: false,
  },
};

const DATA = { activations: { scheme: "affine", bits: 8 }, calibration: { random: true, samples: 4 } };

async function resultOf(output: object, fields: object = DATA): Promise<PipelineResult> {
  const recipe = { model: "net.onnx", output: { directory: "out", name: "net", emit: ["inference"], ...output } };
  return runPipeline(source, parseRecipe({ ...recipe, ...fields }), context);
}

async function textOf(path: string, output: object): Promise<string> {
  const { artifacts } = await resultOf(output);
  return new TextDecoder().decode(artifacts.find((artifact) => artifact.path === path)?.bytes);
}

describe("inference in integers", () => {
  it("has a self-test of as many samples as the recipe asks for", async () => {
    expect(await textOf("net.c", { selfTest: 3 })).toContain("sample_input[3][128]");
    expect(await textOf("net.h", { selfTest: 3 })).toContain("int net_self_test(void);");
    expect(await textOf("net.h", {})).not.toContain("self_test");
  });

  it("refuses a self-test of more samples than there are", async () => {
    await expect(resultOf({ selfTest: 5 })).rejects.toMatchObject({
      code: "data-too-few",
      problem: "a self-test of 5 samples is asked for, and the data have 4",
    });
  });

  it("has the build files that the recipe asks for, and refuses them where no C is written", async () => {
    const { artifacts } = await resultOf({ emit: ["inference", "weights"], build: ["make", "arduino"] });
    const paths = artifacts.map(({ path }) => path);
    expect(paths).toEqual(["net.c", "net.h", "net.mk", "net_arduino.md", "net_weights.c", "net_weights.h"]);
    expect(await textOf("net.mk", { emit: ["inference", "weights"], build: ["make"] })).toContain(
      "NET_SOURCES := $(addprefix $(NET_DIRECTORY),net_weights.c net.c)",
    );
    await expect(resultOf({ emit: ["onnx"], build: ["cmake"] })).rejects.toMatchObject({ code: "recipe-invalid" });
  });

  it("calls CMSIS-NN where the recipe says so, and rounds as it does", async () => {
    expect(await textOf("net.c", { backend: "cmsis-nn" })).toMatch(/ifdef CMSIS_NN_USE_SINGLE_ROUNDING.*arm_convolve/s);
    const single = await textOf("net.c", { backend: "cmsis-nn", requantization: "cmsis-single" });
    expect(single).toContain("ifndef CMSIS_NN_USE_SINGLE_ROUNDING");
    expect(await textOf("net.h", { backend: "cmsis-nn" })).toContain("int net_run(");
    const other = resultOf({ backend: "cmsis-nn", requantization: "onnxruntime" });
    await expect(other).rejects.toMatchObject({
      code: "recipe-invalid",
      place: { field: "output.requantization" },
    });
  });

  it("says so where CMSIS-NN has nothing to compute", async () => {
    const wide = { ...DATA, activations: { scheme: "symmetric", bits: 16 } };
    await expect(resultOf({ backend: "cmsis-nn" }, wide)).rejects.toMatchObject({
      code: "not-available",
      place: { field: "output.backend" },
    });
  });

  it("reports memory, work and equality of every operation", async () => {
    const { report } = await resultOf({});
    const { inference } = reportSchema.parse(report);
    expect(inference?.operations.map(({ node }) => node)).toEqual(["first", "pool", "head"]);
    expect(inference?.operations.map(({ macs }) => macs)).toEqual([4 * 64 * 18, 0, 5 * 64]);
    expect(inference?.operations.map(({ liveBytes }) => liveBytes)).toEqual([256, 320, 64]);
    expect(inference?.operations.map(({ agreement }) => agreement.difference)).toEqual([0, 0, 0]);
    expect(inference).toMatchObject({
      arenaBytes: 320,
      optimumBytes: 320,
      scratchBytes: 0,
      macs: 4 * 64 * 18 + 5 * 64,
    });
    expect((await resultOf({ emit: ["weights"] })).report.inference).toBeNull();
  });

  it("refuses to work without data, and says what is missing", async () => {
    await expect(resultOf({ selfTest: 1 }, {})).rejects.toMatchObject({
      code: "recipe-invalid",
      remedy: "Give calibration data, and activations of 8 bits",
    });
  });
});
