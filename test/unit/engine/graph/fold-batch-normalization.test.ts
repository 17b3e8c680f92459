import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { foldBatchNormalization } from "../../../../src/engine/graph/fold-batch-normalization";
import { findLayers } from "../../../../src/engine/graph/layers";
import type { ModelSource } from "../../../../src/engine/model-source";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { encodeModel } from "../../../../src/engine/onnx/encode";
import {
  floatTensor,
  modelSource,
  node,
  randomTensor,
  randomValues,
  value,
  type ModelParts,
} from "../onnx/model-builder";
import { sharedModel, sharedModels, shippedModel } from "../onnx/real-models";

/** Bound on max|difference| / max|output|. */
const TOLERANCE = 1e-4;

const CHANNELS = 6;

/** The five inputs of a batch normalization after `x`, as initializers named with a prefix. */
function statistics(prefix: string, channels: number, seed = 11) {
  return [
    randomTensor(`${prefix}.gamma`, [channels], seed),
    randomTensor(`${prefix}.beta`, [channels], seed + 1),
    randomTensor(`${prefix}.mean`, [channels], seed + 2),
    floatTensor(
      `${prefix}.var`,
      [channels],
      randomValues(channels, seed + 3).map((item) => 0.5 + Math.abs(item)),
    ),
  ];
}

function normalization(input: string, output: string, prefix = "bn", attributes = {}) {
  const parameters = ["gamma", "beta", "mean", "var"].map((name) => `${prefix}.${name}`);
  return node("BatchNormalization", [input, ...parameters], [output], attributes, prefix);
}

const image = [value("x", [2, 4, 5, 5])];

const FOLDED: Record<string, ModelParts> = {
  Conv: {
    inputs: image,
    nodes: [node("Conv", ["x", "w"], ["c"], {}, "conv"), normalization("c", "y", "bn", { epsilon: { float: 0.01 } })],
    initializers: [randomTensor("w", [CHANNELS, 4, 3, 3], 1), ...statistics("bn", CHANNELS)],
  },
  "Conv with groups and bias": {
    inputs: image,
    nodes: [node("Conv", ["x", "w", "b"], ["c"], { group: 2 }, "conv"), normalization("c", "y")],
    initializers: [
      randomTensor("w", [CHANNELS, 2, 3, 3], 1),
      randomTensor("b", [CHANNELS], 2),
      ...statistics("bn", CHANNELS),
    ],
  },
  "Conv and Add": {
    inputs: image,
    nodes: [
      node("Conv", ["x", "w"], ["c"], {}, "conv"),
      node("Add", ["b", "c"], ["a"], {}, "add"),
      normalization("a", "y"),
    ],
    initializers: [
      randomTensor("w", [CHANNELS, 4, 3, 3], 1),
      randomTensor("b", [1, CHANNELS, 1, 1], 2),
      ...statistics("bn", CHANNELS),
    ],
  },
  "Conv with bias and Add": {
    inputs: image,
    nodes: [
      node("Conv", ["x", "w", "b"], ["c"], {}, "conv"),
      node("Add", ["c", "b2"], ["a"], {}, "add"),
      normalization("a", "y"),
    ],
    initializers: [
      randomTensor("w", [CHANNELS, 4, 1, 1], 1),
      randomTensor("b", [CHANNELS], 2),
      randomTensor("b2", [CHANNELS, 1, 1], 3),
      ...statistics("bn", CHANNELS),
    ],
  },
  "Conv, one-dimensional": {
    inputs: [value("x", [2, 4, 9])],
    nodes: [node("Conv", ["x", "w"], ["c"], {}, "conv"), normalization("c", "y")],
    initializers: [randomTensor("w", [CHANNELS, 4, 3], 1), ...statistics("bn", CHANNELS)],
  },
  ConvTranspose: {
    inputs: image,
    nodes: [node("ConvTranspose", ["x", "w"], ["c"], { strides: [2, 2] }, "conv"), normalization("c", "y")],
    initializers: [randomTensor("w", [4, CHANNELS, 3, 2], 1), ...statistics("bn", CHANNELS)],
  },
  "ConvTranspose with groups": {
    inputs: image,
    nodes: [node("ConvTranspose", ["x", "w", "b"], ["c"], { group: 2 }, "conv"), normalization("c", "y")],
    initializers: [
      randomTensor("w", [4, CHANNELS / 2, 3, 2], 1),
      randomTensor("b", [CHANNELS], 2),
      ...statistics("bn", CHANNELS),
    ],
  },
  Gemm: {
    inputs: [value("x", [3, 5])],
    nodes: [
      node("Gemm", ["x", "w", "b"], ["c"], { alpha: 0.5, beta: 0.25, transB: 1 }, "gemm"),
      normalization("c", "y"),
    ],
    initializers: [
      randomTensor("w", [CHANNELS, 5], 1),
      randomTensor("b", [CHANNELS], 2),
      ...statistics("bn", CHANNELS),
    ],
  },
  "Gemm without transB, scalar C": {
    inputs: [value("x", [3, 5])],
    nodes: [node("Gemm", ["x", "w", "b"], ["c"], {}, "gemm"), normalization("c", "y")],
    initializers: [randomTensor("w", [5, CHANNELS], 1), floatTensor("b", [1], [0.75]), ...statistics("bn", CHANNELS)],
  },
  "Gemm and Add": {
    inputs: [value("x", [3, 5])],
    nodes: [
      node("Gemm", ["x", "w"], ["c"], { transA: 0, beta: { float: 3 } }, "gemm"),
      node("Add", ["c", "b"], ["a"], {}, "add"),
      normalization("a", "y"),
    ],
    initializers: [
      randomTensor("w", [5, CHANNELS], 1),
      randomTensor("b", [CHANNELS], 2),
      ...statistics("bn", CHANNELS),
    ],
  },
  "Conv in IR version 3": {
    irVersion: 3,
    opset: 8,
    inputs: [
      ...image,
      value("w", [CHANNELS, 4, 3, 3]),
      ...["gamma", "beta", "mean", "var"].map((name) => value(`bn.${name}`, [CHANNELS])),
    ],
    nodes: [node("Conv", ["x", "w"], ["c"], {}, "conv"), normalization("c", "y")],
    initializers: [randomTensor("w", [CHANNELS, 4, 3, 3], 1), ...statistics("bn", CHANNELS)],
  },
};

const conv = node("Conv", ["x", "w"], ["c"], {}, "conv");
const convConstants = [randomTensor("w", [CHANNELS, 4, 3, 3], 1), ...statistics("bn", CHANNELS)];

const KEPT: Record<string, ModelParts> = {
  "in training mode": {
    inputs: image,
    nodes: [conv, node("BatchNormalization", normalization("c", "y").input, ["y"], { training_mode: 1 })],
    initializers: convConstants,
  },
  "whose input is also a graph output": {
    inputs: image,
    outputs: ["y", "c"],
    nodes: [conv, normalization("c", "y")],
    initializers: convConstants,
  },
  "whose input is read elsewhere": {
    inputs: image,
    outputs: ["y", "z"],
    nodes: [conv, normalization("c", "y"), node("Relu", ["c"], ["z"])],
    initializers: convConstants,
  },
  "with statistics computed at run time": {
    inputs: [...image, value("bn.mean", [CHANNELS])],
    nodes: [conv, normalization("c", "y")],
    initializers: convConstants.filter((tensor) => tensor.name !== "bn.mean"),
  },
  "with a negative variance": {
    inputs: image,
    nodes: [conv, normalization("c", "y")],
    initializers: [
      ...convConstants.filter((tensor) => tensor.name !== "bn.var"),
      floatTensor("bn.var", [CHANNELS], new Float32Array(CHANNELS).fill(-1)),
    ],
  },
  "after a bias computed at run time": {
    inputs: [...image, value("b", [CHANNELS])],
    nodes: [node("Conv", ["x", "w", "b"], ["c"]), normalization("c", "y")],
    initializers: convConstants,
  },
  "after weights computed at run time": {
    inputs: [...image, value("w", [CHANNELS, 4, 3, 3])],
    nodes: [conv, normalization("c", "y")],
    initializers: convConstants.slice(1),
  },
  "without a layer before it": {
    inputs: [value("x", [2, CHANNELS, 5, 5])],
    nodes: [node("Relu", ["x"], ["c"]), normalization("c", "y")],
    initializers: statistics("bn", CHANNELS),
  },
};

describe("foldBatchNormalization", () => {
  it.each(Object.entries(FOLDED))("folds into %s", async (_, parts) => {
    const source = modelSource(parts);
    const { model, folds } = foldBatchNormalization(decodeModel(source));
    expect(folds).toHaveLength(1);
    expect(model.graph.node).toHaveLength(1);
    expect(folds[0].output).toBe("y");
    expect(model.graph.initializer.map((tensor) => tensor.name)).toHaveLength(2);
    expect(await difference(source.bytes, encodeModel(model))).toBeLessThanOrEqual(TOLERANCE);
  });

  it.each(Object.entries(KEPT))("keeps a batch normalization %s", (_, parts) => {
    const decoded = decodeModel(modelSource(parts));
    const { model, folds } = foldBatchNormalization(decoded);
    expect(folds).toHaveLength(0);
    expect(model).toBe(decoded);
  });

  it("names what went into a layer, for the layer too", () => {
    const { model, folds } = foldBatchNormalization(decodeModel(modelSource(FOLDED["Conv and Add"])));
    expect(folds).toEqual([{ batchNormalization: "bn", node: "conv", output: "y", fused: ["add", "bn"] }]);
    expect(findLayers(model, folds).layers[0].fused).toEqual(["add", "bn"]);
  });

  it("clones weights that several layers share", async () => {
    const source = modelSource({
      inputs: image,
      outputs: ["y", "z", "k"],
      nodes: [
        node("Conv", ["x", "w"], ["c"]),
        normalization("c", "y"),
        node("Conv", ["x", "w"], ["d"]),
        normalization("d", "z", "bn2"),
        node("Conv", ["x", "w"], ["k"]),
      ],
      initializers: [...convConstants, ...statistics("bn2", CHANNELS, 40)],
    });
    const decoded = decodeModel(source);
    const { model, folds } = foldBatchNormalization(decoded);
    expect(folds).toHaveLength(2);
    expect(new Set(findLayers(model).layers.map((layer) => layer.weightKey)).size).toBe(3);
    expect(await difference(source.bytes, encodeModel(model))).toBeLessThanOrEqual(TOLERANCE);
  });

  it("leaves the given model as it is", () => {
    const decoded = decodeModel(shippedModel("mnist-dscnn-bn.onnx"));
    const before = encodeModel(decoded);
    foldBatchNormalization(decoded);
    expect(encodeModel(decoded)).toEqual(before);
  });

  const shipped: [string, () => ModelSource, number][] = [
    ["mnist-dscnn-bn.onnx", () => shippedModel("mnist-dscnn-bn.onnx"), 9],
  ];
  const shared = sharedModels()
    .filter((file) => /-bn\.onnx$|face-RFB-320|ppocr-cls/.test(file))
    .map((file): [string, () => ModelSource, number] => [file, () => sharedModel(file), 1]);
  it.each([...shipped, ...shared])("keeps what %s computes", async (_, load, atLeast) => {
    const source = load();
    const { model, folds } = foldBatchNormalization(decodeModel(source));
    expect(folds.length).toBeGreaterThanOrEqual(atLeast);
    expect(model.graph.node.some((item) => item.opType === "BatchNormalization")).toBe(false);
    expect(await difference(source.bytes, encodeModel(model))).toBeLessThanOrEqual(TOLERANCE);
  });
});

const sessions: InferenceSession[] = [];
afterAll(() => Promise.all(sessions.map((session) => session.release())));

/** Largest max|a − b| / max|a| over the outputs of two models on the same random input. */
async function difference(original: Uint8Array, folded: Uint8Array): Promise<number> {
  const [before, after] = await Promise.all([original, folded].map((bytes) => run(bytes)));
  let worst = 0;
  for (const [name, expected] of Object.entries(before)) {
    const got = after[name].data as Float32Array;
    const reference = expected.data as Float32Array;
    expect(got).toHaveLength(reference.length);
    const largest = reference.reduce((max, item) => Math.max(max, Math.abs(item)), 0);
    expect(largest).toBeGreaterThan(0);
    reference.forEach((item, at) => (worst = Math.max(worst, Math.abs(item - got[at]) / largest)));
  }
  return worst;
}

async function run(bytes: Uint8Array): Promise<InferenceSession.ReturnType> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
  sessions.push(session);
  const overridable = new Set(
    decodeModel({ ...modelSource({ nodes: [] }), bytes }).graph.initializer.map((t) => t.name),
  );
  const feeds = session.inputMetadata.flatMap((input, position) => {
    if (!input.isTensor || overridable.has(input.name)) return [];
    const dims = input.shape.map((dim, axis) => (typeof dim === "number" && dim > 0 ? dim : DYNAMIC[axis]));
    const count = dims.reduce((product, dim) => product * dim, 1);
    return [[input.name, new Tensor("float32", randomValues(count, 100 + position), dims)] as const];
  });
  return session.run(Object.fromEntries(feeds));
}

/** Sizes for dimensions that a model leaves open, by axis: batch, channels, height, width. */
const DYNAMIC = [2, 3, 48, 192];
