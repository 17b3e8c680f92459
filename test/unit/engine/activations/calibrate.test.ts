import { TensorProto_DataType as DataType } from "onnx-buf";
import { beforeAll, describe, expect, it } from "vitest";
import { calibrate } from "../../../../src/engine/activations/calibrate";
import { coprimeStep } from "../../../../src/engine/activations/observe";
import { floatsOf, type Samples } from "../../../../src/engine/activations/run";
import { GraphEdit } from "../../../../src/engine/graph/edit";
import type { OnnxModel } from "../../../../src/engine/onnx/model";
import type { Runtime, RuntimeTensor } from "../../../../src/engine/runtime";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { BitwrightError } from "../../../../src/protocol/errors";
import { floatTensor, modelSource, node, randomTensor, value, type ModelParts } from "../onnx/model-builder";
import { convolution, prepare, randomSamples } from "./networks";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

/** A convolution with ReLU6, a pooling, a convolution without and a dense layer. */
const network = (opset = 17, batch: number | string = "N"): ModelParts => ({
  nodes: [
    node("Conv", ["x", "a.w", "a.b"], ["a"], {}, "first"),
    opset < 11
      ? node("Clip", ["a"], ["r"], { min: { float: 0 }, max: { float: 0.8 } })
      : node("Clip", ["a", "low", "high"], ["r"]),
    node("MaxPool", ["r"], ["m"], { kernel_shape: [2, 2], strides: [2, 2] }),
    node("Conv", ["m", "b.w", "b.b"], ["b"], {}, "second"),
    node("GlobalAveragePool", ["b"], ["g"]),
    node("Flatten", ["g"], ["f"]),
    node("Gemm", ["f", "w", "d"], ["y"], {}, "dense"),
  ],
  initializers: [
    ...convolution("a", 8, 2, 3, 1),
    ...convolution("b", 5, 8, 3, 3),
    randomTensor("w", [5, 4], 5),
    randomTensor("d", [4], 6),
    ...(opset < 11 ? [] : [floatTensor("low", [], [0]), floatTensor("high", [], [0.8])]),
  ],
  inputs: [value("x", [batch, 2, 14, 14])],
  opset,
  irVersion: opset > 20 ? 10 : opset < 9 ? 3 : 8,
});

/** The value of every sample, fetched whole. */
async function fetched(model: OnnxModel, name: string, samples: Samples): Promise<RuntimeTensor[]> {
  const edit = new GraphEdit(model);
  edit.addOutput(name);
  const session = await runtime.createSession(edit.encode());
  const found: RuntimeTensor[] = [];
  for (let sample = 0; sample < samples.count; sample++)
    found.push((await session.run(await samples.read(sample, 1)))[name]);
  await session.release();
  return found;
}

function channelRange(tensors: readonly RuntimeTensor[], axis: number) {
  const channels = tensors[0].dims[axis];
  const inner = tensors[0].dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const min = new Float32Array(channels).fill(Infinity);
  const max = new Float32Array(channels).fill(-Infinity);
  for (const tensor of tensors) {
    floatsOf({ t: tensor }, "t").forEach((x, i) => {
      const channel = Math.floor(i / inner) % channels;
      min[channel] = Math.min(min[channel], x);
      max[channel] = Math.max(max[channel], x);
    });
  }
  return { min, max };
}

describe("ranges", () => {
  it.each([8, 10, 12, 13, 17, 18, 21])("are exact per channel and per group, at operator set %i", async (opset) => {
    const parts = network(opset);
    const samples = randomSamples("x", [2, 14, 14], 21);
    const { model, plan } = prepare(modelSource(parts));
    const calibration = await calibrate(model, plan, runtime, samples);
    expect(plan.groups.map(({ values }) => values.join(" "))).toEqual(["x", "r m", "b g f", "y"]);
    for (const [group, source] of ["x", "r", "b", "y"].entries()) {
      const expected = channelRange(await fetched(model, source, samples), 1);
      const range = calibration.values.get(source)!;
      range.channelMin.forEach((x, channel) => expect(x).toBeCloseTo(expected.min[channel], 5));
      range.channelMax.forEach((x, channel) => expect(x).toBeCloseTo(expected.max[channel], 5));
      expect(calibration.groups[group].min).toBe(Math.min(...range.channelMin));
      expect(calibration.groups[group].max).toBe(Math.max(...range.channelMax));
      expect(calibration.groups[group].distribution.total).toBeGreaterThan(80);
    }
    expect(calibration.neverExcited).toEqual([]);
  });

  it("stay exact at the ends that decide, over many samples", async () => {
    const { model, plan } = prepare(modelSource(network()));
    const samples = randomSamples("x", [2, 14, 14], 1200);
    const calibration = await calibrate(model, plan, runtime, samples);
    for (const name of ["r", "b"]) {
      const expected = channelRange(await fetched(model, name, samples), 1);
      calibration.values.get(name)!.channelMin.forEach((x, c) => expect(x).toBeCloseTo(expected.min[c], 5));
      calibration.values.get(name)!.channelMax.forEach((x, c) => expect(x).toBeCloseTo(expected.max[c], 5));
    }
  });

  it("are those of a model whose batch is fixed at 1", async () => {
    const free = prepare(modelSource(network()));
    const fixed = prepare(modelSource(network(17, 1)));
    const a = await calibrate(free.model, free.plan, runtime, randomSamples("x", [2, 14, 14], 5));
    const b = await calibrate(fixed.model, fixed.plan, runtime, randomSamples("x", [2, 14, 14], 5, 1));
    for (const [index, group] of a.groups.entries()) {
      expect(b.groups[index].min).toBeCloseTo(group.min, 5);
      expect(b.groups[index].max).toBeCloseTo(group.max, 5);
    }
  });

  it("have their channels last where MatMul makes them", async () => {
    const { model, plan } = prepare(
      modelSource({
        nodes: [
          node("MatMul", ["x", "m"], ["p"], {}, "dense"),
          node("Add", ["p", "bias"], ["a"]),
          node("Relu", ["a"], ["y"]),
        ],
        initializers: [randomTensor("m", [6, 5], 1), randomTensor("bias", [5], 2)],
        inputs: [value("x", ["N", 7, 6])],
      }),
    );
    const samples = randomSamples("x", [7, 6], 9);
    const { values } = await calibrate(model, plan, runtime, samples);
    const expected = channelRange(await fetched(model, "y", samples), 2);
    expect(values.get("y")!.channelAxis).toBe(2);
    values.get("y")!.channelMax.forEach((x, channel) => expect(x).toBeCloseTo(expected.max[channel], 5));
  });

  it("come from several inputs, one of them of integers", async () => {
    const { model, plan } = prepare(
      modelSource({
        nodes: [
          node("Gather", ["table", "ids"], ["rows"], {}, "embedding"),
          node("Add", ["rows", "x"], ["s"]),
          node("Gemm", ["s", "w"], ["y"], {}, "dense"),
        ],
        initializers: [floatTensor("table", [3, 2], [1, -2, 3, -4, 50, -60]), randomTensor("w", [2, 3], 1)],
        inputs: [value("ids", ["N"], DataType.INT64), value("x", ["N", 2])],
      }),
    );
    const samples: Samples = {
      count: 4,
      fixedBatch: null,
      read: (start, count) =>
        Promise.resolve({
          ids: {
            type: "int64",
            dims: [count],
            data: BigInt64Array.from({ length: count }, (_, i) => BigInt((start + i) % 2)),
          },
          x: { type: "float32", dims: [count, 2], data: new Float32Array(2 * count).fill(start + 1) },
        }),
    };
    const { values } = await calibrate(model, plan, runtime, samples);
    expect([...values.get("rows")!.channelMin]).toEqual([1, -4]);
    expect([...values.get("rows")!.channelMax]).toEqual([3, -2]);
  });
});

describe("what calibration refuses or names", () => {
  const failing = async (parts: ModelParts, samples: Samples) => {
    const { model, plan } = prepare(modelSource(parts));
    try {
      await calibrate(model, plan, runtime, samples);
    } catch (thrown) {
      return BitwrightError.from(thrown);
    }
    return expect.unreachable();
  };

  it("NaN between the layers, naming the value", async () => {
    const parts: ModelParts = {
      nodes: [
        node("Gemm", ["x", "w"], ["g"], {}, "dense"),
        node("Sqrt", ["g"], ["root"]),
        node("Gemm", ["root", "w"], ["y"], {}, "next"),
      ],
      initializers: [randomTensor("w", [4, 4], 1)],
      inputs: [value("x", ["N", 4])],
    };
    const error = await failing(parts, randomSamples("x", [4], 6));
    expect(error.code).toBe("data-not-finite");
    expect(error.message).toContain('"root"');
  });

  it("no samples", async () => {
    expect((await failing(network(), randomSamples("x", [2, 14, 14], 0))).code).toBe("data-too-few");
  });

  it("an operator that ONNX Runtime lacks, in its own words", async () => {
    const parts = network();
    const nodes = [node("Frobnicate", ["x"], ["u"], {}, "", "org.example"), ...parts.nodes.slice(1)];
    const first = node("Conv", ["u", "a.w", "a.b"], ["a"], {}, "first");
    const error = await failing(
      { ...parts, nodes: [nodes[0], first, ...nodes.slice(1)], domains: { "org.example": 1 } },
      randomSamples("x", [2, 14, 14], 2),
    );
    expect(error.code).toBe("runtime-failed");
    expect(error.message).toContain("Frobnicate");
  });

  it("layers that no sample excites, by name", async () => {
    const { model, plan } = prepare(
      modelSource({
        nodes: [
          node("Conv", ["x", "a.w", "a.b"], ["a"], {}, "dead"),
          node("Relu", ["a"], ["r"]),
          node("Conv", ["r", "b.w", "b.b"], ["y"], {}, "after"),
        ],
        initializers: [
          randomTensor("a.w", [3, 2, 1, 1], 1),
          floatTensor("a.b", [3], [-100, -100, -100]),
          ...convolution("b", 2, 3, 1, 4),
        ],
        inputs: [value("x", ["N", 2, 4, 4])],
      }),
    );
    const calibration = await calibrate(model, plan, runtime, randomSamples("x", [2, 4, 4], 4));
    expect(calibration.neverExcited).toEqual(["dead"]);
    expect(calibration.groups[1]).toMatchObject({ min: 0, max: 0 });
  });

  it("cancelling, between batches", async () => {
    const { model, plan } = prepare(modelSource(network()));
    let asked = 0;
    const cancelled = () => ++asked > 2;
    await expect(
      calibrate(model, plan, runtime, randomSamples("x", [2, 14, 14], 400), { cancelled }),
    ).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});

describe("steps", () => {
  it("share no factor with the width", () => {
    for (const [wanted, width] of [
      [8, 4],
      [9, 6],
      [12, 35],
      [1, 7],
      [32, 32],
    ]) {
      const step = coprimeStep(wanted, width);
      expect(step).toBeLessThanOrEqual(wanted);
      for (let factor = 2; factor <= step; factor++) expect(step % factor === 0 && width % factor === 0).toBe(false);
    }
  });
});
