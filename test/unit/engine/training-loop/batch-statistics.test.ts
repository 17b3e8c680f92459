/** Training by statistics of the batch and with Dropout, which run otherwise in steps than in evaluation. */
import { describe, expect, it } from "vitest";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { decodeFloatTensor } from "../../../../src/engine/onnx/tensor-data";
import { trainModel } from "../../../../src/engine/training/train";
import { rejectionCodeOf } from "../../caught";
import { floatTensor, modelSource, node, randomTensor, sourceOf, value } from "../onnx/model-builder";
import { CLASSES, INPUTS, job } from "./networks";

const HIDDEN = 16;

const filled = (name: string, one: number) => floatTensor(name, [HIDDEN], new Float32Array(HIDDEN).fill(one));

const network = modelSource({
  nodes: [
    node("Gemm", ["x", "w1", "b1"], ["z1"], { transB: 1 }, "fc1"),
    node("BatchNormalization", ["z1", "scale", "shift", "mean", "variance"], ["n1"], {}, "normalized"),
    node("Relu", ["n1"], ["h1"]),
    node("Dropout", ["h1", "ratio"], ["d1"]),
    node("MatMul", ["d1", "w2"], ["m2"], {}, "fc2"),
    node("Add", ["m2", "b2"], ["y"]),
  ],
  initializers: [
    randomTensor("w1", [HIDDEN, INPUTS], 1),
    filled("b1", 0),
    filled("scale", 1),
    filled("shift", 0),
    filled("mean", 0),
    filled("variance", 1),
    floatTensor("ratio", [], [0.1]),
    randomTensor("w2", [HIDDEN, CLASSES], 2),
    floatTensor("b2", [CLASSES], new Float32Array(CLASSES)),
  ],
  inputs: [value("x", ["n", INPUTS])],
  outputs: [value("y", ["n", CLASSES])],
});

const FLOAT = { layers: { "*": { keep: "float" } } };
const SETTINGS = { batchNormalization: "batch", epochs: 8 };

describe("statistics of the batch", () => {
  it("train scales and shifts, and leave running ones by which the model answers as it was scored", async () => {
    const trained = await trainModel({ ...(await job(FLOAT, SETTINGS)), source: network });
    expect(trained.report.best.accuracy).toBeGreaterThan((trained.report.float.accuracy ?? 1) + 0.2);
    expect(trained.report.deployed.accuracy).toBeCloseTo(trained.report.best.accuracy ?? 0, 2);
    const { graph, source } = decodeModel(sourceOf(trained.bytes));
    const namesOf = (tensors: typeof graph.initializer) => tensors.map(({ name }) => name).sort();
    expect(namesOf(graph.initializer)).toEqual(namesOf(decodeModel(network).graph.initializer));
    const normalization = graph.node.find(({ opType }) => opType === "BatchNormalization");
    const constants = normalization?.input.slice(1).map((name) => {
      const tensor = graph.initializer.find((initializer) => initializer.name === name);
      return tensor === undefined ? [] : Array.from(decodeFloatTensor(tensor, source).values);
    });
    const [scale, shift, mean, variance] = constants ?? [];
    for (const [values, start] of [
      [scale, 1],
      [shift, 0],
      [mean, 0],
      [variance, 1],
    ] as const)
      expect(values.every((one) => one !== start)).toBe(true);
    const again = await trainModel({
      ...(await job({ weights: { scheme: "symmetric", bits: 8 } }, { epochs: 1 })),
      source: sourceOf(trained.bytes),
    });
    expect(again.report.float.accuracy).toBeCloseTo(trained.report.best.accuracy ?? 0, 2);
  });

  it("and Dropout go on from a checkpoint as if never interrupted", async () => {
    const checkpoints: Uint8Array[] = [];
    const checkpoint = (bytes: Uint8Array) => void checkpoints.push(bytes.slice());
    const whole = await trainModel({ ...(await job(FLOAT, SETTINGS, { checkpoint })), source: network });
    const resumed = await trainModel({ ...(await job(FLOAT, SETTINGS)), source: network, resumeFrom: checkpoints[3] });
    expect(resumed.bytes).toEqual(whole.bytes);
    expect(resumed.report).toEqual(whole.report);
  });

  it("need more than one sample", async () => {
    const single = await job(FLOAT, { ...SETTINGS, batch: 1 });
    expect(await rejectionCodeOf(trainModel({ ...single, source: network }))).toBe("recipe-invalid");
  });

  it("need a batch normalization", async () => {
    await expect(trainModel(await job(FLOAT, SETTINGS))).rejects.toMatchObject({
      code: "recipe-invalid",
      place: { field: "batchNormalization" },
    });
  });
});
