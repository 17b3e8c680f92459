import { Tensor } from "onnxruntime-node";
import { TensorProto_DataType as DataType, type NodeProto, type TensorProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { encodeModel } from "../../../../src/engine/onnx/encode";
import type { OnnxModel } from "../../../../src/engine/onnx/model";
import { upgradeOpset, type UpgradeTarget } from "../../../../src/engine/onnx/upgrade/upgrade";
import { hasShared } from "../../../shared";
import {
  buildModel,
  encode,
  floatTensor,
  int64Tensor,
  modelSource,
  node,
  randomTensor,
  randomValues,
  value,
  sourceOf,
} from "./model-builder";
import { sharedModel, sharedModels, shippedModel } from "./real-models";
import { largestDifference, randomFeed, runModel } from "./run-model";

const TARGETS = [13, 21, 25] as const;

interface Case {
  readonly title: string;
  readonly opset: number;
  readonly nodes: readonly NodeProto[];
  readonly dims: readonly number[];
  readonly initializers?: readonly TensorProto[];
  readonly outputs?: readonly string[];
  /** All, unless ONNX Runtime lacks the operator at one. */
  readonly targets?: readonly UpgradeTarget[];
}

const IMAGE = [1, 4, 6, 6];

/** The nodes of one graph that reads a float `x` and makes a float `y`. */
const CASES: readonly Case[] = [
  { title: "Clip 6", opset: 7, dims: IMAGE, nodes: [node("Clip", ["x"], ["y"], { min: -0.5, max: 0.25 })] },
  {
    title: "Clip 6 with one bound",
    opset: 10,
    dims: IMAGE,
    nodes: [node("Clip", ["x"], ["y"], { min: { float: 0 } })],
  },
  { title: "Clip 6 without bounds", opset: 10, dims: IMAGE, nodes: [node("Clip", ["x"], ["y"])] },
  { title: "Pad 2", opset: 9, dims: IMAGE, nodes: [node("Pad", ["x"], ["y"], { pads: [0, 0, 1, 2, 0, 0, 0, 1] })] },
  {
    title: "Pad 2 with a value",
    opset: 9,
    dims: IMAGE,
    nodes: [node("Pad", ["x"], ["y"], { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: { float: -3 } })],
  },
  {
    title: "Pad 2 that reflects",
    opset: 9,
    dims: IMAGE,
    nodes: [node("Pad", ["x"], ["y"], { pads: [0, 0, 1, 2, 0, 0, 0, 1], mode: "reflect" })],
  },
  {
    title: "Slice 1",
    opset: 9,
    dims: IMAGE,
    nodes: [node("Slice", ["x"], ["y"], { starts: [1, -3], ends: [3, 1000], axes: [1, 3] })],
  },
  {
    title: "Slice 1 without axes",
    opset: 9,
    dims: IMAGE,
    nodes: [node("Slice", ["x"], ["y"], { starts: [0, 1], ends: [1, 3] })],
  },
  {
    title: "Squeeze and Unsqueeze 1",
    opset: 9,
    dims: IMAGE,
    nodes: [node("Unsqueeze", ["x"], ["u"], { axes: [1, 3] }), node("Squeeze", ["u"], ["y"], { axes: [0, 3] })],
  },
  { title: "Squeeze 1 of all axes", opset: 9, dims: IMAGE, nodes: [node("Squeeze", ["x"], ["y"])] },
  ...["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSumExp"].flatMap((name) => [
    {
      title: `Reduce${name} 1`,
      opset: 9,
      dims: IMAGE,
      nodes: [node(`Reduce${name}`, ["x"], ["y"], { axes: [1, 3], keepdims: 0 })],
    },
    { title: `Reduce${name} 1 of all axes`, opset: 9, dims: IMAGE, nodes: [node(`Reduce${name}`, ["x"], ["y"])] },
  ]),
  ...["Softmax", "LogSoftmax", "Hardmax"].flatMap((name) => [
    { title: `${name} 1 by default`, opset: 9, dims: IMAGE, nodes: [node(name, ["x"], ["y"])] },
    { title: `${name} 1 of everything`, opset: 9, dims: IMAGE, nodes: [node(name, ["x"], ["y"], { axis: 0 })] },
    { title: `${name} 1 along the last axis`, opset: 9, dims: IMAGE, nodes: [node(name, ["x"], ["y"], { axis: 3 })] },
    { title: `${name} 11 from the end`, opset: 11, dims: IMAGE, nodes: [node(name, ["x"], ["y"], { axis: -2 })] },
    { title: `${name} 13 by default`, opset: 13, dims: IMAGE, nodes: [node(name, ["x"], ["y"])] },
  ]),
  {
    title: "Upsample 7",
    opset: 7,
    dims: IMAGE,
    nodes: [node("Upsample", ["x"], ["y"], { scales: { floats: [1, 1, 2, 1.5] }, mode: "nearest" })],
  },
  {
    title: "Upsample 9 that interpolates",
    opset: 9,
    dims: IMAGE,
    nodes: [node("Upsample", ["x", "scales"], ["y"], { mode: "linear" })],
    initializers: [floatTensor("scales", [4], [1, 1, 2, 2.5])],
  },
  ...["nearest", "linear"].flatMap((mode) =>
    [2, 0.4].map((scale) => ({
      title: `Resize 10, ${mode} by ${scale}`,
      opset: 10,
      dims: IMAGE,
      nodes: [node("Resize", ["x", "scales"], ["y"], { mode })],
      initializers: [floatTensor("scales", [4], [1, 1, scale, scale])],
    })),
  ),
  {
    title: "Resize 11 by sizes",
    opset: 11,
    dims: IMAGE,
    nodes: [node("Resize", ["x", "none", "none", "sizes"], ["y"], { mode: "linear" })],
    initializers: [floatTensor("none", [0], []), int64Tensor("sizes", [4], [1, 4, 9, 5])],
  },
  { title: "Dropout 7", opset: 7, dims: IMAGE, nodes: [node("Dropout", ["x"], ["y", "mask"], { ratio: 0.25 })] },
  { title: "Dropout 10", opset: 10, dims: IMAGE, nodes: [node("Dropout", ["x"], ["y"], { ratio: 0.25 })] },
  ...[7, 9].map((opset) => ({
    title: `BatchNormalization ${opset}`,
    opset,
    dims: IMAGE,
    nodes: [node("BatchNormalization", ["x", "g", "b", "m", "v"], ["y"], opset === 7 ? { spatial: 1 } : {})],
    initializers: ["g", "b", "m"]
      .map((name, seed) => randomTensor(name, [4], seed))
      .concat(floatTensor("v", [4], [0.5, 1, 1.5, 2])),
  })),
  { title: "TopK 1", opset: 9, dims: [3, 7], nodes: [node("TopK", ["x"], ["y", "i"], { k: 3 })], outputs: ["y"] },
  {
    title: "TopK 10 along axis 0",
    opset: 10,
    dims: [3, 7],
    nodes: [node("TopK", ["x", "k"], ["y", "i"], { axis: 0 })],
    initializers: [int64Tensor("k", [1], [2])],
  },
  {
    title: "Split 2",
    opset: 11,
    dims: IMAGE,
    nodes: [node("Split", ["x"], ["a", "y"], { axis: 1, split: [1, 3] })],
    outputs: ["a", "y"],
  },
  {
    title: "Split 2 in halves",
    opset: 9,
    dims: IMAGE,
    nodes: [node("Split", ["x"], ["a", "y"], { axis: 1 })],
    outputs: ["a", "y"],
  },
  {
    title: "Split 13 in halves",
    opset: 13,
    dims: IMAGE,
    nodes: [node("Split", ["x"], ["a", "y"], { axis: 3 })],
    outputs: ["a", "y"],
  },
  {
    title: "Scatter 9",
    opset: 9,
    dims: [3, 3],
    nodes: [node("Scatter", ["x", "i", "u"], ["y"], { axis: 1 })],
    initializers: [int64Tensor("i", [1, 2], [0, 2]), floatTensor("u", [1, 2], [9, 8])],
  },
  {
    title: "GroupNormalization 18",
    opset: 18,
    dims: IMAGE,
    nodes: [node("GroupNormalization", ["x", "s", "b"], ["y"], { num_groups: 2 })],
    initializers: [floatTensor("s", [2], [0.5, 2]), floatTensor("b", [2], [1, -1])],
  },
  {
    title: "DFT 17",
    opset: 17,
    dims: [1, 8, 5, 1],
    nodes: [node("DFT", ["x"], ["y"], { axis: 1 })],
  },
  {
    title: "GridSample 16",
    opset: 16,
    dims: [1, 1, 4, 4],
    nodes: [node("GridSample", ["x", "grid"], ["y"], { mode: "bilinear" })],
    initializers: [randomTensor("grid", [1, 3, 3, 2], 5)],
  },
  {
    title: "RoiAlign 10",
    targets: [13, 21],
    opset: 10,
    dims: [1, 2, 8, 8],
    nodes: [node("RoiAlign", ["x", "rois", "batch"], ["y"], { output_height: 3, output_width: 3, sampling_ratio: 2 })],
    initializers: [floatTensor("rois", [1, 4], [0.5, 1, 6, 7]), int64Tensor("batch", [1], [0])],
  },
  {
    title: "pooling, normalization and elementwise operators of opset 8",
    opset: 8,
    dims: IMAGE,
    nodes: [
      node("MaxPool", ["x"], ["a"], { kernel_shape: [2, 2], strides: [1, 1] }),
      node("AveragePool", ["a"], ["b"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      node("LRN", ["b"], ["c"], { size: 3 }),
      node("LeakyRelu", ["c"], ["d"], { alpha: 0.1 }),
      node("HardSigmoid", ["d"], ["e"]),
      node("Mul", ["d", "e"], ["y"]),
    ],
  },
  ...["LSTM", "GRU", "RNN"].map((name, i) => ({
    title: `${name} 7`,
    opset: 7,
    dims: [5, 1, 3],
    nodes: [node(name, ["x", "W", "R"], ["y"], { hidden_size: 2 })],
    initializers: [randomTensor("W", [1, [8, 6, 2][i], 3], 1), randomTensor("R", [1, [8, 6, 2][i], 2], 2)],
  })),
];

function modelOf({ opset, nodes, dims, initializers = [], outputs = ["y"] }: Case): OnnxModel {
  return decodeModel(modelSource({ nodes, initializers, opset, inputs: [value("x", dims)], outputs }));
}

async function expectSame(model: OnnxModel, target: UpgradeTarget, feeds: Readonly<Record<string, Tensor>>) {
  const upgraded = upgradeOpset(model, target);
  const again = decodeModel(sourceOf(encodeModel(upgraded)));
  expect(again.opset).toBe(Math.max(model.opset, target));
  const before = await runModel(model.source.bytes, feeds);
  const after = await runModel(again.source.bytes, feeds);
  const scale = Math.max(...Object.values(before).flatMap((values) => Array.from(values, Math.abs)));
  expect(largestDifference(before, after)).toBeLessThanOrEqual(1e-6 * scale);
}

describe("upgradeOpset keeps what a model computes", () => {
  it.each(CASES)("$title", async (item) => {
    const model = modelOf(item);
    for (const target of item.targets ?? TARGETS) await expectSame(model, target, { x: randomFeed(item.dims, 7) });
  });

  it("inside of branches", async () => {
    const branch = (name: string, nodes: readonly NodeProto[]) => ({
      ...buildModel({ nodes, inputs: [], outputs: [name] }).graph!,
    });
    const item: Case = {
      title: "If",
      opset: 9,
      dims: IMAGE,
      nodes: [
        node("If", ["condition"], ["y"], {
          then_branch: branch("t", [node("Clip", ["x"], ["t"], { max: 0.5 })]),
          else_branch: branch("e", [node("Slice", ["x"], ["e"], { starts: [0], ends: [1] })]),
        }),
      ],
    };
    const model = decodeModel(
      modelSource({ ...item, inputs: [value("x", IMAGE), value("condition", [], DataType.BOOL)] }),
    );
    for (const condition of [true, false]) {
      const feeds = { x: randomFeed(IMAGE, 3), condition: new Tensor("bool", [condition], []) };
      await expectSame(model, 21, feeds);
    }
  });

  it("of half precision", async () => {
    const exactInHalf = randomValues(144, 4).map((value) => Math.round(value * 256) / 256);
    const x = new Tensor("float32", exactInHalf, IMAGE);
    const model = decodeModel(
      modelSource({
        opset: 9,
        nodes: [
          node("Cast", ["x"], ["h"], { to: DataType.FLOAT16 }),
          node("Clip", ["h"], ["c"], { min: -0.25, max: 0.75 }),
          node("Cast", ["c"], ["y"], { to: DataType.FLOAT }),
        ],
        inputs: [value("x", IMAGE)],
      }),
    );
    const sameType = { ...model.graph, valueInfo: [value("h", IMAGE, DataType.FLOAT16)] };
    const proto = { ...model.proto, graph: sameType };
    const declared = decodeModel(sourceOf(encode(proto)));
    for (const target of TARGETS) await expectSame(declared, target, { x });
  });

  it.skipIf(!hasShared).each([
    ["mnist/mnist-8-cntk.onnx", "Input3", [1, 1, 28, 28]],
    ["as-is/face-RFB-320.onnx", "input", [1, 3, 240, 320]],
    ["as-is/ppocr-cls.onnx", "x", [1, 3, 48, 192]],
    ["digits16/usps-tinyvit.onnx", "input", [2, 1, 16, 16]],
    ["digits16/semeion-lstm.onnx", "input", [2, 16, 16]],
    ["mlperf-tiny/mlperf-resnet8-int8-qdq.onnx", "input", [1, 3, 32, 32]],
  ] as const)("%s", async (path, input, dims) => {
    const model = decodeModel(sharedModel(path));
    for (const target of TARGETS) await expectSame(model, target, { [input]: randomFeed(dims, 11) });
  });
});

describe("upgradeOpset", () => {
  it("returns a model of that version as it is", () => {
    const model = modelOf({ title: "", opset: 21, dims: [1], nodes: [node("Clip", ["x"], ["y"])] });
    const { graph, opset } = upgradeOpset(model, 13);
    expect(opset).toBe(21);
    expect(graph).toBe(model.graph);
  });

  it("does not touch the model it is given", () => {
    const model = modelOf({ title: "", opset: 9, dims: IMAGE, nodes: [node("Clip", ["x"], ["y"], { max: 1 })] });
    upgradeOpset(model, 25);
    expect(encodeModel(model)).toEqual(model.source.bytes);
  });

  it("keeps initializers constant that an old format lists as inputs", () => {
    const model = decodeModel(
      modelSource({
        opset: 8,
        irVersion: 3,
        nodes: [node("MatMul", ["x", "w"], ["y"])],
        initializers: [randomTensor("w", [2, 2], 1)],
        inputs: [value("x", [1, 2]), value("w", [2, 2])],
      }),
    );
    const { proto, graph } = upgradeOpset(model, 13);
    expect(proto.irVersion).toBe(7n);
    expect(graph.input.map(({ name }) => name)).toEqual(["x"]);
  });

  it("gives new constants names that nothing has", () => {
    const nodes = [node("Clip", ["x"], ["y"], { max: 1 }), node("Neg", ["x"], ["y_max"])];
    const model = modelOf({ title: "", opset: 9, dims: IMAGE, nodes, outputs: ["y", "y_max"] });
    expect(upgradeOpset(model, 13).graph.initializer.map(({ name }) => name)).toEqual(["y_max_2"]);
  });

  it("knows every operator of the models at hand", () => {
    const models = [shippedModel("mnist-lenet5.onnx"), ...sharedModels().flatMap((path) => readable(path))];
    for (const source of models) expect(() => upgradeOpset(decodeModel(source), 25)).not.toThrow();
  });

  it.each([
    [
      "an operator of an opset that had it for experiments",
      7,
      node("ScaledTanh", ["x"], ["y"], {}, "odd"),
      /ScaledTanh "odd"/,
    ],
    [
      "statistics of single elements",
      8,
      node("BatchNormalization", ["x", "x", "x", "x", "x"], ["y"], { spatial: 0 }),
      /spatial/,
    ],
    [
      "normalization in training form",
      9,
      node("BatchNormalization", ["x", "x", "x", "x", "x"], ["y", "m"]),
      /training/,
    ],
    ["a mask", 7, node("Dropout", ["x"], ["a", "y"]), /mask/],
    ["Scan with a batch axis", 8, node("Scan", ["", "x"], ["y"]), /batch axis/],
    [
      "a removed mode",
      11,
      node("Resize", ["x", "", "x"], ["y"], { coordinate_transformation_mode: "tf_half_pixel_for_nn" }),
      /removed/,
    ],
  ] as const)("refuses %s by name", (_, opset, item, problem) => {
    expect(() => upgradeOpset(modelOf({ title: "", opset, dims: IMAGE, nodes: [item] }), 21)).toThrow(problem);
  });

  it("refuses a constant of a type that it cannot tell", () => {
    const types = [value("x", [2], DataType.BFLOAT16)];
    const model = decodeModel(
      modelSource({ opset: 9, nodes: [node("Clip", ["x"], ["y"], { max: 1 })], inputs: types }),
    );
    expect(() => upgradeOpset(model, 13)).toThrow(/bfloat16/);
  });

  it("leaves the operators of other domains alone", () => {
    const custom = node("Clip", ["x"], ["y"], { max: 1 }, "", "com.example");
    const model = decodeModel(modelSource({ opset: 9, nodes: [custom], domains: { "com.example": 1 } }));
    expect(upgradeOpset(model, 13).graph.node).toEqual([custom]);
  });
});

/** A shared model if it is one at all; some are broken on purpose. */
function readable(path: string) {
  try {
    decodeModel(sharedModel(path));
    return [sharedModel(path)];
  } catch {
    return [];
  }
}
