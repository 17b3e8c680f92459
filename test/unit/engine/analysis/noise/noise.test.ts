import { beforeAll, describe, expect, it } from "vitest";
import { batchSize, type Samples } from "../../../../../src/engine/activations/run";
import { measureCumulative } from "../../../../../src/engine/analysis/noise/cumulative";
import { measureIsolated } from "../../../../../src/engine/analysis/noise/isolated";
import { addRounded, type QuantizedNetwork } from "../../../../../src/engine/analysis/noise/network";
import { layerNoise, modelNoise } from "../../../../../src/engine/analysis/noise/noise";
import { measureSensitivity } from "../../../../../src/engine/analysis/noise/sensitivity";
import { GraphEdit } from "../../../../../src/engine/graph/edit";
import type { Runtime } from "../../../../../src/engine/runtime";
import { layerNoiseSchema, modelNoiseSchema } from "../../../../../src/protocol/noise";
import { loadOnnxRuntime } from "../../../../../src/runtime/onnxruntime";
import { quantizeNetwork, randomSamples, convolution } from "../../activations/networks";
import { create } from "@bufbuild/protobuf";
import { TensorProto_DataType as DataType, TensorProtoSchema } from "onnx-buf";
import {
  buildModel,
  floatTensor,
  modelSource,
  node,
  randomTensor,
  value,
  type ModelParts,
} from "../../onnx/model-builder";
import { fetchValue, isolatedByForce, ratio, withWeights } from "./brute-force";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

/** Convolution with ReLU6, residual block, pooling and a dense layer with factors. */
const residual = (opset = 17, batch: number | string = "N", side: number | string = 10): ModelParts => ({
  nodes: [
    node("Conv", ["x", "a.w", "a.b"], ["a"], { pads: [1, 1, 1, 1] }, "first"),
    ...(opset < 11
      ? [node("Clip", ["a"], ["r"], { min: { float: 0 }, max: { float: 1.5 } })]
      : [node("Clip", ["a", "low", "high"], ["r"])]),
    node("Conv", ["r", "b.w", "b.b"], ["b"], { pads: [1, 1, 1, 1], group: 6 }, "second"),
    node("Add", ["b", "r"], ["s"]),
    node("Relu", ["s"], ["t"]),
    node("GlobalAveragePool", ["t"], ["g"]),
    node("Flatten", ["g"], ["f"]),
    node("Gemm", ["f", "w", "c"], ["y"], { alpha: { float: 0.5 }, transB: 1 }, "dense"),
  ],
  initializers: [
    ...convolution("a", 6, 2, 3, 1),
    randomTensor("b.w", [6, 1, 3, 3], 3),
    randomTensor("b.b", [6], 4),
    randomTensor("w", [4, 6], 5),
    randomTensor("c", [4], 6),
    ...(opset < 11 ? [] : [floatTensor("low", [], [0]), floatTensor("high", [], [1.5])]),
  ],
  inputs: [value("x", [batch, 2, side, side])],
  opset,
  irVersion: opset > 20 ? 10 : opset < 9 ? 3 : 8,
});

const close = (found: number | null, expected: number | null, digits = 2) => {
  if (expected === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(expected, digits);
};

async function analyzed(parts: ModelParts, samples: Samples, labels: Int32Array | null = null) {
  const { network, calibration } = await quantizeNetwork(modelSource(parts), runtime, samples);
  const { shapes } = calibration;
  const isolated = await measureIsolated(network, shapes, runtime, samples);
  const cumulative = await measureCumulative(network, shapes, runtime, samples, labels);
  const sensitivity = await measureSensitivity(network, shapes, runtime, samples, labels);
  const layers = layerNoise(network, calibration, isolated, cumulative, sensitivity);
  for (const figures of layers.values()) expect(layerNoiseSchema.parse(figures)).toEqual(figures);
  const whole = modelNoise(cumulative, labels !== null);
  expect(modelNoiseSchema.parse(whole)).toEqual(whole);
  return { network, calibration, layers, whole };
}

async function expectByForce(network: QuantizedNetwork, layers: Map<string, { isolated: object }>, samples: Samples) {
  for (const [name, { isolated }] of layers) {
    const expected = await isolatedByForce(network, name, samples, runtime);
    const found = isolated as typeof expected;
    close(found.weightsDb, expected.weightsDb);
    close(found.activationsDb, expected.activationsDb);
    close(found.bothDb, expected.bothDb);
  }
}

describe("isolated noise in the graph", () => {
  it.each([8, 10, 12, 13, 17, 18, 21])("equals each layer measured by force, at operator set %i", async (opset) => {
    const samples = randomSamples("x", [2, 10, 10], 19);
    const { network, layers } = await analyzed(residual(opset), samples);
    expect([...layers.keys()]).toEqual(["first", "second", "dense"]);
    await expectByForce(network, layers, samples);
  });

  it("equals it with a batch fixed at 1, and with open spatial dimensions", async () => {
    const fixed = randomSamples("x", [2, 10, 10], 7, 1);
    const a = await analyzed(residual(17, 1), fixed);
    await expectByForce(a.network, a.layers, fixed);
    const open = randomSamples("x", [2, 13, 9], 7);
    const b = await analyzed(residual(17, "N", "side"), open);
    await expectByForce(b.network, b.layers, open);
  });

  it("of a larger map, on a grid of positions, is within a quarter of a decibel of all of them", async () => {
    const samples = randomSamples("x", [2, 70, 70], 4);
    const { network, calibration } = await quantizeNetwork(modelSource(residual(17, "N", 70)), runtime, samples);
    const some = await measureIsolated(network, calibration.shapes, runtime, samples);
    const all = await measureIsolated(network, calibration.shapes, runtime, samples, {}, Infinity);
    const total = (sums: Float64Array) => sums.reduce((sum, x) => sum + x, 0);
    for (const [index, grid] of some.entries()) {
      for (const kind of ["weights", "activations", "both"] as const) {
        const ratioOf = (noise: typeof grid) => 10 * Math.log10(total(noise.signal) / total(noise[kind]));
        expect(Math.abs(ratioOf(grid) - ratioOf(all[index]))).toBeLessThan(0.25);
      }
    }
    expect(some[0].elements).toBeLessThan(all[0].elements);
    expect(all[0].elements).toBe(4 * 70 * 70);
  });

  it("is compared after the activation on both sides: elsewhere 4 dB would be read for 40", async () => {
    const parts: ModelParts = {
      nodes: [node("Conv", ["x", "a.w", "a.b"], ["a"], {}, "first"), node("Relu", ["a"], ["y"])],
      initializers: convolution("a", 8, 2, 3, 1),
      inputs: [value("x", ["N", 2, 12, 12])],
    };
    const samples = randomSamples("x", [2, 12, 12], 16);
    const { network, layers } = await analyzed(parts, samples);
    const before = await fetchValue(network.model, "a", samples, runtime);
    const after = await fetchValue(withWeights(network, "first"), "y", samples, runtime);
    expect(ratio(before, after)).toBeLessThan(6);
    expect(layers.get("first")!.isolated.weightsDb).toBeGreaterThan(38);
    await expectByForce(network, layers, samples);
  });

  it("without any is exact, and never Infinity", async () => {
    const parts: ModelParts = {
      nodes: [
        node("Conv", ["x", "a.w", "a.b"], ["a"], {}, "representable"),
        node("Conv", ["a", "d.w", "d.b"], ["d"], {}, "dead"),
        node("Relu", ["d"], ["y"]),
      ],
      initializers: [
        floatTensor("a.w", [2, 1, 1, 1], [127, -127]),
        floatTensor("a.b", [2], [0, 0]),
        randomTensor("d.w", [3, 2, 1, 1], 2),
        floatTensor("d.b", [3], [-1e6, -1e6, -1e6]),
      ],
      inputs: [value("x", ["N", 1, 3, 3])],
    };
    const { layers } = await analyzed(parts, randomSamples("x", [1, 3, 3], 4));
    const representable = layers.get("representable")!;
    expect(representable.isolated.weightsDb).toBeNull();
    expect(representable.isolated.exact).toEqual({ weights: true, activations: false, both: false });
    const dead = layers.get("dead")!;
    expect(dead.isolated).toMatchObject({ weightsDb: null, activationsDb: null, bothDb: null });
    expect(dead.isolated.exact).toEqual({ weights: true, activations: true, both: true });
    expect(dead).toMatchObject({ errors: null, boundDb: null, cumulativeDb: null, cumulativeExact: true });
    expect(dead.channels).toMatchObject({ min: [0, 0, 0], max: [0, 0, 0] });
  });

  it("covers layers around operators that stay float, weights only", async () => {
    const parts: ModelParts = {
      nodes: [
        node("RNN", ["x", "W", "R"], ["s", "h"], { hidden_size: 4 }, "rnn"),
        node("Flatten", ["h"], ["f"], { axis: 2 }),
        node("Gemm", ["f", "w"], ["y"], {}, "dense"),
      ],
      initializers: [randomTensor("W", [1, 4, 3], 1), randomTensor("R", [1, 4, 4], 2), randomTensor("w", [4, 2], 3)],
      inputs: [value("x", [5, 1, 3])],
    };
    const samples: Samples = { ...randomSamples("x", [1, 3], 20, 5) };
    const { layers } = await analyzed(parts, samples);
    const input = layers.get("rnn.W")!;
    expect(input.isolated.weightsDb).toBeGreaterThan(25);
    expect(input.isolated.exact.activations).toBe(true);
    expect(input.predicted.weightsDb).toBeNull();
    expect(layers.get("dense")!.isolated.weightsDb).toBeGreaterThan(25);
  });
});

describe("cumulative noise", () => {
  it("equals a network that is quantized step by step", async () => {
    const parts: ModelParts = {
      nodes: [
        node("Conv", ["x", "a.w", "a.b"], ["a"], {}, "first"),
        node("Relu", ["a"], ["r"]),
        node("Conv", ["r", "b.w", "b.b"], ["y"], {}, "second"),
      ],
      initializers: [...convolution("a", 4, 2, 3, 1), ...convolution("b", 3, 4, 1, 3)],
      inputs: [value("x", ["N", 2, 8, 8])],
    };
    const samples = randomSamples("x", [2, 8, 8], 12);
    const { network, layers, whole } = await analyzed(parts, samples);
    const weighted = withWeights({ ...network, model: withWeights(network, "first") }, "second");
    const edit = new GraphEdit(weighted);
    const renamed = new Map([["x", addRounded(edit, network, "x")]]);
    edit.addCopy(weighted.graph.node[0], renamed);
    edit.addCopy(weighted.graph.node[1], renamed);
    const first = addRounded(edit, network, renamed.get("r")!, "r");
    renamed.set("r", first);
    edit.addCopy(weighted.graph.node[2], renamed);
    const second = addRounded(edit, network, renamed.get("y")!, "y");
    edit.addOutput(first);
    edit.addOutput(second);
    const session = await runtime.createSession(edit.encode(), { keepsRounding: true });
    const outputs = await session.run(await samples.read(0, 12));
    const float = {
      r: await fetchValue(network.model, "r", samples, runtime),
      y: await fetchValue(network.model, "y", samples, runtime),
    };
    const joined = (values: Float32Array[]) => Float32Array.from(values.flatMap((item) => [...item]));
    const of = (values: Float32Array[], name: string) => ratio([joined(values)], [outputs[name].data as Float32Array]);
    close(layers.get("first")!.cumulativeDb, of(float.r, first));
    close(layers.get("second")!.cumulativeDb, of(float.y, second));
    close(whole.outputSqnrDb, of(float.y, second));
    await session.release();
  });

  it("grows along the network", async () => {
    const { layers } = await analyzed(residual(), randomSamples("x", [2, 10, 10], 16));
    const [first, second] = [layers.get("first")!, layers.get("second")!];
    expect(first.cumulativeDb).toBeLessThan(first.isolated.bothDb! + 0.5);
    expect(second.cumulativeDb).toBeLessThan(second.isolated.bothDb!);
  });
});

describe("sensitivity", () => {
  it("equals each layer quantized alone in the whole network", async () => {
    const samples = randomSamples("x", [2, 10, 10], 24);
    const labels = Int32Array.from({ length: 24 }, (_, i) => i % 4);
    const { network, layers } = await analyzed(residual(), samples, labels);
    const float = await fetchValue(network.model, "y", samples, runtime);
    const best = (scores: Float32Array) => scores.indexOf(Math.max(...scores));
    const accuracy = (scores: Float32Array[]) =>
      scores.filter((item, i) => best(item) === labels[i]).length / labels.length;
    for (const [name, point] of [
      ["first", "r"],
      ["second", "b"],
      ["dense", "y"],
    ]) {
      const weighted = withWeights(network, name);
      const edit = new GraphEdit(weighted);
      const renamed = new Map([[point, addRounded(edit, network, point)]]);
      weighted.graph.node.forEach((item) => {
        if (item.input.some((input) => renamed.has(input))) edit.addCopy(item, renamed);
      });
      const output = renamed.get("y")!;
      edit.addOutput(output);
      const session = await runtime.createSession(edit.encode(), { keepsRounding: true });
      const variant: Float32Array[] = [];
      for (let i = 0; i < 24; i++)
        variant.push((await session.run(await samples.read(i, 1)))[output].data as Float32Array);
      await session.release();
      const { sensitivity } = layers.get(name)!;
      close(sensitivity!.outputDb, ratio(float, variant), 1);
      expect(sensitivity!.accuracyDrop).toBeCloseTo(accuracy(float) - accuracy(variant), 10);
      const softmax = (scores: Float32Array) => {
        const exponentials = Array.from(scores, (x) => Math.exp(x));
        const sum = exponentials.reduce((total, x) => total + x, 0);
        return exponentials.map((x) => x / sum);
      };
      const divergence = float.map((scores, i) => {
        const [p, q] = [softmax(scores), softmax(variant[i])];
        return p.reduce((sum, x, k) => sum + x * Math.log(x / q[k]), 0);
      });
      const meanDivergence = divergence.reduce((sum, x) => sum + x, 0) / divergence.length;
      expect(sensitivity!.klDivergence! / meanDivergence).toBeCloseTo(1, 1);
    }
  });

  it("returns what it has when it is cancelled", async () => {
    const samples = randomSamples("x", [2, 10, 10], 300);
    const { network, calibration } = await quantizeNetwork(modelSource(residual()), runtime, samples);
    const batch = batchSize(calibration.shapes, samples);
    expect(batch).toBeLessThan(100);
    let done = 0;
    const found = await measureSensitivity(network, calibration.shapes, runtime, samples, null, {
      progress: (count) => void (done = count),
      cancelled: () => done >= 2 * batch,
    });
    expect([...found.keys()]).toEqual(["first", "second", "dense"]);
    for (const { samples: counted, accuracyDrop } of found.values()) {
      expect(counted).toBe(2 * batch);
      expect(accuracyDrop).toBeNull();
    }
    const none = await measureSensitivity(network, calibration.shapes, runtime, samples, null, {
      cancelled: () => true,
    });
    expect(none.size).toBe(0);
  });

  it("knows no classes in a model without class scores", async () => {
    const parts: ModelParts = {
      nodes: [node("Conv", ["x", "a.w", "a.b"], ["y"], {}, "only")],
      initializers: convolution("a", 3, 2, 3, 1),
      inputs: [value("x", ["N", 2, 6, 6])],
    };
    const { layers, whole } = await analyzed(parts, randomSamples("x", [2, 6, 6], 5), new Int32Array(5));
    expect(layers.get("only")!.sensitivity).toMatchObject({ klDivergence: null, accuracyDrop: null });
    expect(layers.get("only")!.sensitivity!.outputDb).toBeCloseTo(layers.get("only")!.isolated.bothDb!, 1);
    expect(whole).toMatchObject({ floatAccuracy: null, agreement: null });
  });
});

describe("models without something to compare", () => {
  it("have no sensitivity where no output is float, and no figures where no layer is", async () => {
    const labelled = await analyzed(
      {
        nodes: [node("Gemm", ["x", "w"], ["g"], {}, "dense"), node("ArgMax", ["g"], ["y"], { axis: 1 })],
        initializers: [randomTensor("w", [6, 4], 1)],
        inputs: [value("x", ["N", 6])],
        outputs: [value("y", ["N", 1], DataType.INT64)],
      },
      randomSamples("x", [6], 9),
    );
    expect(labelled.layers.get("dense")!.sensitivity).toBeNull();
    expect(labelled.layers.get("dense")!.isolated.bothDb).toBeGreaterThan(20);
    expect(labelled.whole).toMatchObject({ outputSqnrDb: null, agreement: null });
    const bare = await analyzed(
      {
        nodes: [node("Exp", ["x"], ["e"]), node("ArgMax", ["e"], ["y"], { axis: 1 })],
        inputs: [value("x", ["N", 6])],
        outputs: [value("y", ["N", 1], DataType.INT64)],
      },
      randomSamples("x", [6], 9),
    );
    expect(bare.layers.size).toBe(0);
  });
});

describe("subgraphs", () => {
  it("read what is quantized outside of them", async () => {
    const branch = (name: string, operator: string) =>
      buildModel({ nodes: [node(operator, ["r"], [name])], inputs: [], outputs: [name] }).graph!;
    const parts: ModelParts = {
      nodes: [
        node("Gemm", ["x", "w"], ["g"], {}, "dense"),
        node("Relu", ["g"], ["r"]),
        node("If", ["yes"], ["y"], { then_branch: branch("a", "Neg"), else_branch: branch("b", "Abs") }),
      ],
      initializers: [
        randomTensor("w", [6, 4], 1),
        create(TensorProtoSchema, { name: "yes", dims: [], dataType: DataType.BOOL, int32Data: [1] }),
      ],
      inputs: [value("x", ["N", 6])],
      outputs: [value("y", ["N", 4])],
    };
    const { layers, whole } = await analyzed(parts, randomSamples("x", [6], 20));
    const { isolated, sensitivity, cumulativeDb } = layers.get("dense")!;
    expect(sensitivity!.outputDb).toBeCloseTo(isolated.bothDb!, 1);
    expect(whole.outputSqnrDb).toBeCloseTo(cumulativeDb!, 1);
  });
});

describe("bound", () => {
  it("is never below what rounding the output and the weights measure, and far above it for one dominant channel", async () => {
    const parts: ModelParts = {
      nodes: [node("Conv", ["x", "a.w", "a.b"], ["y"], {}, "uneven")],
      initializers: [floatTensor("a.w", [4, 1, 1, 1], [100, 1.3, 0.7, 0.9]), floatTensor("a.b", [4], [0, 0, 0, 0])],
      inputs: [value("x", ["N", 1, 8, 8])],
    };
    const samples = randomSamples("x", [1, 8, 8], 16);
    const { layers } = await analyzed(parts, samples);
    const { boundDb, isolated, channels } = layers.get("uneven")!;
    expect(channels.dominant).toBe(0);
    expect(boundDb).toBeGreaterThan(isolated.bothDb! + 3);
  });
});
