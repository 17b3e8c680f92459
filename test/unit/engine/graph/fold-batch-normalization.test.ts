import { TensorProto_DataType as DataType } from "onnx-buf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { foldBatchNormalization } from "../../../../src/engine/graph/fold-batch-normalization";
import { findLayers } from "../../../../src/engine/graph/layers";
import type { ModelSource } from "../../../../src/engine/model-source";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { makeRealTensor } from "../../../../src/engine/onnx/build";
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
  "Conv, twice": {
    inputs: image,
    nodes: [
      node("Conv", ["x", "w"], ["c"], {}, "conv"),
      node("Add", ["c", "b"], ["a"], {}, "add"),
      normalization("a", "n"),
      normalization("n", "m", "bn2", { epsilon: { float: 0.01 } }),
      normalization("m", "y", "bn3"),
    ],
    initializers: [
      randomTensor("w", [CHANNELS, 4, 3, 3], 1),
      randomTensor("b", [CHANNELS, 1, 1], 2),
      ...statistics("bn", CHANNELS),
      ...statistics("bn2", CHANNELS, 21),
      ...statistics("bn3", CHANNELS, 31),
    ],
  },
  MatMul: {
    inputs: [value("x", [3, 5])],
    nodes: [node("MatMul", ["x", "w"], ["c"], {}, "product"), normalization("c", "y")],
    initializers: [randomTensor("w", [5, CHANNELS], 1), ...statistics("bn", CHANNELS)],
  },
  "MatMul and Add after a Flatten": {
    inputs: [value("x", [3, 5, 1, 1])],
    nodes: [
      node("Flatten", ["x"], ["f"]),
      node("MatMul", ["f", "w"], ["c"], {}, "product"),
      node("Add", ["b", "c"], ["a"], {}, "add"),
      normalization("a", "n"),
      normalization("n", "y", "bn2"),
    ],
    initializers: [
      randomTensor("w", [5, CHANNELS], 1),
      randomTensor("b", [1, CHANNELS], 2),
      ...statistics("bn", CHANNELS),
      ...statistics("bn2", CHANNELS, 21),
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

/** Normalizations that stay, and why. */
const KEPT: Record<string, readonly [parts: ModelParts, obstacle: string]> = {
  "in training mode": [
    {
      inputs: image,
      nodes: [conv, node("BatchNormalization", normalization("c", "y").input, ["y"], { training_mode: 1 })],
      initializers: convConstants,
    },
    "it is in training mode",
  ],
  "whose input is also a graph output": [
    { inputs: image, outputs: ["y", "c"], nodes: [conv, normalization("c", "y")], initializers: convConstants },
    "the value that it normalizes is used elsewhere too",
  ],
  "whose input is read elsewhere": [
    {
      inputs: image,
      outputs: ["y", "z"],
      nodes: [conv, normalization("c", "y"), node("Relu", ["c"], ["z"])],
      initializers: convConstants,
    },
    "the value that it normalizes is used elsewhere too",
  ],
  "with statistics computed at run time": [
    {
      inputs: [...image, value("bn.mean", [CHANNELS])],
      nodes: [conv, normalization("c", "y")],
      initializers: convConstants.filter((tensor) => tensor.name !== "bn.mean"),
    },
    "its parameters are not constants",
  ],
  "with parameters of another length": [
    {
      inputs: image,
      nodes: [conv, normalization("c", "y")],
      initializers: [convConstants[0], ...statistics("bn", CHANNELS + 1)],
    },
    "it has 7 channels, and the layer before it 6",
  ],
  "with a negative variance": [
    {
      inputs: image,
      nodes: [conv, normalization("c", "y")],
      initializers: [
        ...convConstants.filter((tensor) => tensor.name !== "bn.var"),
        floatTensor("bn.var", [CHANNELS], new Float32Array(CHANNELS).fill(-1)),
      ],
    },
    "no finite factor",
  ],
  "after a bias computed at run time": [
    {
      inputs: [...image, value("b", [CHANNELS])],
      nodes: [node("Conv", ["x", "w", "b"], ["c"]), normalization("c", "y")],
      initializers: convConstants,
    },
    "the bias of the Conv before it is not one constant for each channel",
  ],
  "after a sum computed at run time": [
    {
      inputs: [...image, value("b", [1, CHANNELS, 1, 1])],
      nodes: [conv, node("Add", ["c", "b"], ["a"]), normalization("a", "y")],
      initializers: convConstants,
    },
    "what is added before it is not one constant for each channel",
  ],
  "after weights computed at run time": [
    {
      inputs: [...image, value("w", [CHANNELS, 4, 3, 3])],
      nodes: [conv, normalization("c", "y")],
      initializers: convConstants.slice(1),
    },
    "the weights of the Conv before it are no float constant",
  ],
  "without a layer before it": [
    {
      inputs: [value("x", [2, CHANNELS, 5, 5])],
      nodes: [node("Relu", ["x"], ["c"]), normalization("c", "y")],
      initializers: statistics("bn", CHANNELS),
    },
    "no Conv, ConvTranspose, Gemm or MatMul with weights of its own comes directly before it",
  ],
  "after a MatMul of unknown rank": [
    {
      inputs: [value("x")],
      nodes: [node("MatMul", ["x", "w"], ["c"]), normalization("c", "y")],
      initializers: [randomTensor("w", [5, CHANNELS], 1), ...statistics("bn", CHANNELS)],
    },
    "the output of the MatMul before it is not known to be a matrix",
  ],
  "whose values half precision does not hold": [
    {
      inputs: [value("x", [3, 5], DataType.FLOAT16)],
      outputs: [value("y", [3, CHANNELS], DataType.FLOAT16)],
      nodes: [node("Gemm", ["x", "w"], ["c"]), normalization("c", "y")],
      initializers: [
        makeRealTensor("w", DataType.FLOAT16, [5, CHANNELS], new Float32Array(5 * CHANNELS).fill(60_000)),
        ...statistics("bn", CHANNELS).filter(({ name }) => name !== "bn.gamma"),
        floatTensor("bn.gamma", [CHANNELS], new Float32Array(CHANNELS).fill(8)),
      ],
    },
    "the folded values are beyond the range of float16",
  ],
};

describe("foldBatchNormalization", () => {
  it.each(Object.entries(FOLDED))("folds into %s", async (_, parts) => {
    const source = modelSource(parts);
    const { model, folds } = foldBatchNormalization(decodeModel(source));
    expect(folds).toHaveLength(parts.nodes.filter(({ opType }) => opType === "BatchNormalization").length);
    const operators = model.graph.node.map(({ opType }) => opType).filter((opType) => opType !== "Flatten");
    expect(operators).toEqual(operators.includes("MatMul") ? ["MatMul", "Add"] : [expect.any(String)]);
    expect(model.graph.node.at(-1)!.output).toEqual(["y"]);
    expect(model.graph.initializer.map((tensor) => tensor.name)).toHaveLength(2);
    const { layers, unquantizable } = findLayers(model, folds);
    expect(layers).toHaveLength(1);
    expect(unquantizable).toEqual([]);
    const merged = parts.nodes.filter(({ opType }) => ["BatchNormalization", "Add"].includes(opType));
    expect(layers[0].fused.toSorted()).toEqual(merged.map(({ name }) => name).toSorted());
    expect(await difference(source.bytes, encodeModel(model))).toBeLessThanOrEqual(TOLERANCE);
  });

  it.each(Object.entries(KEPT))("keeps a batch normalization %s, and says why", (_, [parts, obstacle]) => {
    const decoded = decodeModel(modelSource(parts));
    const { model, folds } = foldBatchNormalization(decoded);
    expect(folds).toHaveLength(0);
    expect(model).toBe(decoded);
    const entry = findLayers(model, folds).unquantizable.find(({ op }) => op === "BatchNormalization");
    expect(entry?.reason).toContain(`The batch normalization is not folded into a layer: `);
    expect(entry?.reason).toContain(obstacle);
  });

  it.each([
    ["double", DataType.DOUBLE, 1e-6],
    ["float16", DataType.FLOAT16, 4e-3],
  ] as const)("folds into weights of type %s and keeps the type", async (_, type, tolerance) => {
    const real = (name: string, dims: readonly number[], seed: number) =>
      makeRealTensor(name, type, dims, seeded(dims, seed));
    const source = modelSource({
      inputs: [value("x", [3, 5])],
      nodes: [
        node("Cast", ["x"], ["x1"], { to: type }),
        node("Gemm", ["x1", "w", "b"], ["c"], {}, "gemm"),
        normalization("c", "n"),
        node("Cast", ["n"], ["y"], { to: DataType.FLOAT }),
      ],
      initializers: [
        real("w", [5, CHANNELS], 1),
        real("b", [CHANNELS], 2),
        ...statistics("bn", CHANNELS).map(({ name, rawData }) =>
          makeRealTensor(name, type, [CHANNELS], new Float32Array(new Uint8Array(rawData).buffer)),
        ),
      ],
    });
    const { model, folds } = foldBatchNormalization(decodeModel(source));
    expect(folds).toHaveLength(1);
    expect(model.graph.initializer.map(({ dataType }) => dataType)).toEqual([type, type]);
    expect(await difference(source.bytes, encodeModel(model))).toBeLessThanOrEqual(tolerance);
  });

  it("folds bfloat16 weights to the nearest bfloat16 values", () => {
    const weights = seeded([5, CHANNELS], 1);
    const parts = {
      nodes: [node("Gemm", ["x", "w"], ["c"]), normalization("c", "y")],
      initializers: [
        makeRealTensor("w", DataType.BFLOAT16, [5, CHANNELS], weights),
        ...["gamma", "beta", "mean", "var"].map((name) =>
          floatTensor(
            `bn.${name}`,
            [CHANNELS],
            new Float32Array(CHANNELS).fill(name === "gamma" ? 3 : name === "var" ? 1 : 0),
          ),
        ),
      ],
    };
    const before = findLayers(decodeModel(modelSource(parts))).layers[0].weight.values;
    const { model } = foldBatchNormalization(decodeModel(modelSource(parts)));
    expect(model.graph.initializer.map(({ dataType }) => dataType)).toEqual([DataType.BFLOAT16, DataType.BFLOAT16]);
    const after = findLayers(model).layers[0].weight.values;
    after.forEach((folded, position) => {
      const exact = (before[position] * 3) / Math.sqrt(1 + 1e-5);
      expect(Math.abs(folded - exact)).toBeLessThanOrEqual(Math.abs(exact) * 2 ** -8);
    });
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

function seeded(dims: readonly number[], seed: number): Float32Array {
  return randomValues(
    dims.reduce((product, dim) => product * dim, 1),
    seed,
  );
}

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
