/** Models in forms that older or careless exporters write. */
import { describe, expect, it } from "vitest";
import { checkRange } from "../../../../src/engine/data/assemble";
import { trainModel, type TrainingData } from "../../../../src/engine/training/train";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { modelSource, node, randomTensor, value } from "../onnx/model-builder";
import { CLASSES, INPUTS, job, points } from "./networks";

const LAYER = [node("Gemm", ["x", "w", "b"], ["y"], { transB: 1 }, "fc")];
const CONSTANTS = [randomTensor("w", [CLASSES, INPUTS], 1), randomTensor("b", [CLASSES], 2)];
const WEIGHTS = { scheme: "symmetric", bits: 4 };

it("constants that are inputs as well stay what they are", async () => {
  const source = modelSource({
    nodes: LAYER,
    initializers: CONSTANTS,
    inputs: [value("x", ["n", INPUTS]), value("w", [CLASSES, INPUTS]), value("b", [CLASSES])],
    outputs: [value("y", ["n", CLASSES])],
    irVersion: 3,
  });
  const { bytes, report } = await trainModel({ ...(await job({ weights: WEIGHTS }, { epochs: 2 })), source });
  expect(report.deployed.accuracy).toBe(report.best.accuracy);
  const session = await (await loadOnnxRuntime()).createSession(bytes);
  try {
    const { y } = await session.run({ x: { type: "float32", dims: [1, INPUTS], data: new Float32Array(INPUTS) } }, [
      "y",
    ]);
    expect(y.dims).toEqual([1, CLASSES]);
  } finally {
    await session.release();
  }
});

it.each(["classes", "the float model's answers"])(
  "a batch fixed at one sample is a step a sample: %s",
  async (learned) => {
    const source = modelSource({
      nodes: LAYER,
      initializers: CONSTANTS,
      inputs: [value("x", [1, INPUTS])],
      outputs: [value("y", [1, CLASSES])],
    });
    const oneByOne = (count: number, seed: number): TrainingData => {
      const { samples, targets } = points(count, seed);
      const read: typeof samples.read = (start, length) => {
        checkRange(start, length, count, 1);
        return samples.read(start, length);
      };
      return { samples: { ...samples, fixedBatch: 1, read }, targets: learned === "classes" ? targets : null };
    };
    const given = await job({ weights: { scheme: "symmetric", bits: 2 } }, { epochs: 2, learningRate: 0.001 });
    const data = { training: oneByOne(300, 3), validation: oneByOne(50, 4) };
    const { report } = await trainModel({ ...given, ...data, source });
    expect(report.steps).toBe(600);
    expect(report.deployed.accuracy).toBe(report.best.accuracy);
  },
);

describe("a model with two outputs", () => {
  const source = modelSource({
    nodes: [
      node("Gemm", ["x", "w", "b"], ["y"], { transB: 1 }, "first"),
      node("Gemm", ["x", "v", "c"], ["other"], { transB: 1 }, "second"),
    ],
    initializers: [...CONSTANTS, randomTensor("v", [2, INPUTS], 3), randomTensor("c", [2], 4)],
    inputs: [value("x", ["n", INPUTS])],
    outputs: [value("y", ["n", CLASSES]), value("other", ["n", 2])],
  });
  const trained = async (settings: object) => trainModel({ ...(await job({ weights: WEIGHTS }, settings)), source });

  it("trains what leads to the first", async () => {
    const { report } = await trained({ epochs: 4 });
    expect(report.best.loss).toBeLessThan(report.before.loss);
  });

  it("refuses to train nothing but what leads to the other", async () => {
    await expect(trained({ trained: ["first", "sec*"] })).rejects.toMatchObject({
      code: "not-available",
      place: { field: "trained" },
    });
  });
});
