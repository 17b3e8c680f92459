import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type NodeProto,
  type TensorProto,
} from "onnx-buf";
import type { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { isOwnFile } from "../../../../../src/engine/emit/banner";
import { BIAS_LIMIT } from "../../../../../src/engine/activations/integer-bias";
import { roundTripActivations } from "../../../../../src/engine/activations/parameters";
import { toOnnxOrder } from "../../../../../src/engine/graph/layout";
import type { ModelSource } from "../../../../../src/engine/model-source";
import { decodeModel } from "../../../../../src/engine/onnx/decode";
import { isOperator, type OnnxModel } from "../../../../../src/engine/onnx/model";
import { decode } from "../../../../../src/engine/schemes/decode";
import { hasShared } from "../../../../shared";
import { encode, floatTensor, modelSource, node, randomTensor, sourceOf, value } from "../../onnx/model-builder";
import { sharedModel, shippedModel } from "../../onnx/real-models";
import { largestDifference, randomFeed, runModel, sqnrDb } from "../../onnx/run-model";
import { quantizeModel, type Options, type QuantizedModel } from "./quantized-model";

interface Case {
  readonly title: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly dims: readonly number[];
  readonly opset?: number;
}

const BLOCKS: Options = { weights: { scheme: "block", granularity: "block", blockSize: 4 } };

const IMAGE = [1, 4, 6, 6];

function layerCase(
  title: string,
  op: string,
  dims: readonly number[],
  weight: readonly number[],
  attributes = {},
  bias: readonly number[] = [],
): Case {
  const inputs = ["x", "w", ...(bias.length > 0 ? ["b"] : [])];
  const tensors = [randomTensor("w", weight, 1), ...(bias.length > 0 ? [randomTensor("b", bias, 2)] : [])];
  return { title, nodes: [node(op, inputs, ["y"], attributes, "layer")], initializers: tensors, dims };
}

/** Each layer alone, with channels of different ranges. */
const LAYERS: readonly Case[] = [
  layerCase("Conv", "Conv", IMAGE, [8, 4, 3, 3], {}, [8]),
  layerCase("Conv, depthwise", "Conv", IMAGE, [4, 1, 3, 3], { group: 4 }, [4]),
  layerCase("Conv, one axis", "Conv", [1, 4, 9], [6, 4, 3], {}, [6]),
  layerCase("Conv of one channel", "Conv", IMAGE, [1, 4, 3, 3], {}, [1]),
  layerCase("ConvTranspose", "ConvTranspose", IMAGE, [4, 6, 3, 3], {}, [6]),
  layerCase("ConvTranspose, depthwise", "ConvTranspose", IMAGE, [4, 1, 3, 3], { group: 4 }, [4]),
  layerCase("ConvTranspose, grouped", "ConvTranspose", IMAGE, [4, 3, 3, 3], { group: 2 }, [6]),
  layerCase("Gemm", "Gemm", [2, 5], [5, 7], {}, [7]),
  layerCase("Gemm, transposed", "Gemm", [2, 5], [7, 5], { transB: 1 }, [7]),
  layerCase("Gemm with factors", "Gemm", [2, 5], [7, 5], { transB: 1, alpha: 0.5, beta: { float: 2 } }, [1, 7]),
  {
    title: "Gemm with weights at the left",
    nodes: [node("Gemm", ["w", "x", "b"], ["y"], {}, "layer")],
    initializers: [randomTensor("w", [7, 5], 1), randomTensor("b", [7, 1], 2)],
    dims: [5, 2],
  },
  layerCase("MatMul", "MatMul", [2, 3, 5], [5, 7]),
  layerCase("MatMul, batched", "MatMul", [2, 3, 5], [2, 5, 7]),
  {
    title: "MatMul with weights at the left",
    nodes: [node("MatMul", ["w", "x"], ["y"], {}, "layer")],
    initializers: [randomTensor("w", [7, 5], 1)],
    dims: [5, 2],
  },
  {
    title: "MatMul and Add",
    nodes: [node("MatMul", ["x", "w"], ["p"], {}, "layer"), node("Add", ["p", "b"], ["y"])],
    initializers: [randomTensor("w", [5, 7], 1), randomTensor("b", [1, 7], 2)],
    dims: [2, 5],
  },
  {
    title: "Conv and Add",
    nodes: [node("Conv", ["x", "w"], ["p"], {}, "layer"), node("Add", ["b", "p"], ["y"])],
    initializers: [randomTensor("w", [8, 4, 3, 3], 1), randomTensor("b", [8, 1, 1], 2)],
    dims: IMAGE,
  },
  {
    title: "Conv and Add of more dimensions",
    nodes: [node("Conv", ["x", "w"], ["p"], {}, "layer"), node("Add", ["p", "b"], ["y"])],
    initializers: [randomTensor("w", [8, 4, 3, 3], 1), randomTensor("b", [1, 1, 8, 1, 1], 2)],
    dims: IMAGE,
  },
  {
    title: "LSTM of two directions",
    nodes: [node("LSTM", ["x", "w", "r"], ["y"], { hidden_size: 2, direction: "bidirectional" }, "layer")],
    initializers: [randomTensor("w", [2, 8, 3], 1), randomTensor("r", [2, 8, 2], 2)],
    dims: [5, 1, 3],
  },
  { ...layerCase("Conv of opset 9", "Conv", IMAGE, [8, 4, 3, 3], {}, [8]), opset: 9 },
];

function sourceOfCase({ nodes, initializers, dims, opset = 13 }: Case): ModelSource {
  return modelSource({ nodes, initializers, opset, inputs: [value("x", dims)] });
}

function readBack({ artifact }: QuantizedModel): OnnxModel {
  return decodeModel(sourceOf(artifact.bytes));
}

/** The float model with the decoded weights in place of its own: what JavaScript makes of the codes. */
function withDecodedWeights({ folded, layers, widened }: QuantizedModel): Uint8Array {
  const decoded = new Map(
    layers.map(({ layer, quantized }) => {
      const values = toOnnxOrder(decode(widened.get(layer.name) ?? quantized), layer.layout);
      return [layer.weightName, floatTensor(layer.weightName, layer.weight.dims, values)];
    }),
  );
  const initializer = folded.graph.initializer.map((tensor) => decoded.get(tensor.name) ?? tensor);
  const plain = folded.graph.node.map((item) => ({
    ...item,
    attribute: item.attribute.filter(({ name }) => name !== "alpha"),
  }));
  return encode({ ...folded.proto, graph: { ...folded.graph, initializer, node: plain } });
}

async function outputOf(model: Uint8Array, feeds: Readonly<Record<string, Tensor>>): Promise<Float32Array> {
  return (await runModel(model, feeds))["y"];
}

function spread(a: Readonly<Record<string, Float32Array>>): number {
  return Math.max(...Object.values(a).flatMap((values) => Array.from(values, Math.abs)));
}

describe("weights alone", () => {
  const schemes: readonly (readonly [string, Options])[] = [
    ["symmetric int8 per channel", {}],
    ["symmetric int8 per tensor", { weights: { granularity: "tensor" } }],
    ["affine uint8 per channel", { weights: { scheme: "affine" } }],
    ["int16", { weights: { bits: 16 } }],
    ["4 bits in bytes", { weights: { bits: 4 } }],
    ["int4", { weights: { bits: 4 }, packedWeights: true }],
    ["int2", { weights: { bits: 2 }, packedWeights: true }],
    ["blocks of 4", BLOCKS],
    ["blocks of 3", { weights: { scheme: "block", granularity: "block", blockSize: 3 } }],
    ["powers of two", { weights: { scheme: "log2", bits: 4 } }],
    ["many powers of two, decoded", { weights: { scheme: "log2", bits: 8 } }],
    ["magnitudes rounded up", { weights: { scheme: "ceil", bits: 3 } }],
    ["a palette", { weights: { scheme: "codebook-kmeans", bits: 3, granularity: "tensor" } }],
  ];

  it.each(
    schemes.flatMap(([name, options]) => LAYERS.map((item) => ({ title: `${item.title}, ${name}`, item, options }))),
  )("$title: ONNX Runtime computes with what JavaScript decodes", async ({ item, options }) => {
    const feeds = { x: randomFeed(item.dims, 3) };
    const quantized = await quantizeModel(sourceOfCase(item), feeds, { ...options, activations: null });
    const expected = await runModel(withDecodedWeights(quantized), feeds);
    const exact = await runModel(quantized.artifact.bytes, feeds, false);
    expect(largestDifference(expected, exact)).toBeLessThanOrEqual(2e-6 * spread(expected));
    // By itself ONNX Runtime rounds the activations too, to 8 bits, where integer weights feed a matrix product.
    const actual = await runModel(quantized.artifact.bytes, feeds);
    expect(largestDifference(expected, actual)).toBeLessThanOrEqual(0.01 * spread(expected));
  });

  it.each([
    ["int8", {}, 13, DataType.INT8],
    ["uint8", { weights: { scheme: "affine" } }, 13, DataType.UINT8],
    ["int16", { weights: { bits: 16 } }, 21, DataType.INT16],
    ["int4", { weights: { bits: 4 }, packedWeights: true }, 21, DataType.INT4],
    ["int2", { weights: { bits: 2 }, packedWeights: true }, 25, DataType.INT2],
    ["decoded floats", { weights: { scheme: "log2", bits: 8 } }, 13, DataType.FLOAT],
  ] as const)("are %s, in the smallest operator set that has it", async (_, options, opset, dataType) => {
    const quantized = await quantizeModel(sourceOfCase(LAYERS[0]), {}, { ...options, activations: null });
    const model = readBack(quantized);
    expect(model.opset).toBe(opset);
    expect(quantized.opset).toBe(opset);
    expect(model.graph.initializer.find(({ name }) => /^w_(quantized|decoded)$/.test(name))?.dataType).toBe(dataType);
    expect(quantized.notes.length).toBe(dataType === DataType.FLOAT ? 1 : 0);
  });

  it.each([
    ["Conv", 0],
    ["ConvTranspose", 1],
    ["ConvTranspose, depthwise", 0],
    ["Gemm", 1],
    ["Gemm, transposed", 0],
    ["MatMul", 1],
    ["MatMul, batched", 2],
  ])("of %s have their scales along axis %i", async (title, axis) => {
    const item = LAYERS.find((layer) => layer.title === title)!;
    const { graph } = readBack(await quantizeModel(sourceOfCase(item), {}, { activations: null }));
    const dequantize = graph.node.find((made) => made.output[0] === "w_dequantized");
    expect(dequantize?.attribute.find(({ name }) => name === "axis")?.i).toBe(BigInt(axis));
  });

  it("that two layers share are stored once", async () => {
    const source = modelSource({
      opset: 13,
      nodes: [node("MatMul", ["x", "w"], ["m"]), node("MatMul", ["m", "w"], ["y"])],
      initializers: [randomTensor("w", [5, 5], 1)],
      inputs: [value("x", [2, 5])],
    });
    const { graph } = readBack(await quantizeModel(source, {}, { activations: null }));
    expect(graph.initializer.map(({ name }) => name).filter((name) => /^w_(quantized|zero)/.test(name))).toEqual([
      "w_quantized",
      "w_zero_point",
    ]);
  });
});

describe("weights and activations", () => {
  const weights: readonly (readonly [string, Options, number])[] = [
    ["symmetric int8", {}, 30],
    ["affine uint8", { weights: { scheme: "affine" } }, 30],
    ["symmetric int8 per tensor", { weights: { granularity: "tensor" } }, 30],
    ["int4", { weights: { bits: 4 }, packedWeights: true }, 10],
    ["int2", { weights: { bits: 2 }, packedWeights: true }, 0],
    ["blocks", BLOCKS, 30],
    ["a palette", { weights: { scheme: "codebook-kmeans", bits: 4, granularity: "tensor" } }, 10],
    ["16-bit activations", { activations: { scheme: "affine", bits: 16 } }, 30],
  ];

  it.each(weights.flatMap(([name, options, leastDb]) => LAYERS.map((item) => ({ ...item, name, options, leastDb }))))(
    "$title, $name: integer kernels agree with float ones, and both with the model",
    async ({ options, leastDb, ...item }) => {
      const feeds = { x: randomFeed(item.dims, 3) };
      const source = sourceOfCase(item);
      const quantized = await quantizeModel(source, feeds, options);
      const expected = await outputOf(source.bytes, feeds);
      const integers = await runModel(quantized.artifact.bytes, feeds);
      const floats = await runModel(quantized.artifact.bytes, feeds, false);
      expect(sqnrDb(expected, integers["y"])).toBeGreaterThan(leastDb);
      expect(sqnrDb(expected, floats["y"])).toBeGreaterThan(leastDb);
      const step = quantized.activations?.parameters.at(-1)?.scale ?? 0.01;
      expect(largestDifference(integers, floats)).toBeLessThanOrEqual(1.01 * step);
    },
  );

  it.each([
    ["symmetric 8", { scheme: "symmetric", bits: 8 }, 30],
    ["pow2 8", { scheme: "pow2", bits: 8 }, 25],
    ["affine 16", { scheme: "affine", bits: 16 }, 35],
    ["affine 4", { scheme: "affine", bits: 4 }, 5],
  ] as const)("work with %s", async (_, activations, leastDb) => {
    const feeds = { x: randomFeed(IMAGE, 3) };
    const source = sourceOfCase(LAYERS[0]);
    const { artifact } = await quantizeModel(source, feeds, { activations });
    const expected = await runModel(source.bytes, feeds);
    expect(sqnrDb(expected["y"], await outputOf(artifact.bytes, feeds))).toBeGreaterThan(leastDb);
  });

  it("rounded up take only values on the grid of A_b, from 0 to its end", async () => {
    const source = modelSource({ opset: 13, nodes: [node("Relu", ["x"], ["y"])], inputs: [value("x", [1, 64])] });
    const feeds = { x: randomFeed([1, 64], 3) };
    const quantized = await quantizeModel(source, feeds, { activations: { scheme: "ceil", bits: 3 } });
    const y = await outputOf(quantized.artifact.bytes, feeds);
    const x = feeds.x.data as Float32Array;
    const [given, rounded] = quantized.activations!.parameters;
    const { scale } = rounded!;
    expect(Array.from(y)).toEqual(
      Array.from(roundTripActivations(x, given!), (v) =>
        Math.fround(Math.min(Math.max(Math.ceil(Math.fround(v / scale)), 0), 7) * scale),
      ),
    );
  });

  it("rounded up leave what may be negative its sign", async () => {
    const nodes = [node("Relu", ["x"], ["r"]), node("Sub", ["r", "x"], ["d"]), node("Add", ["d", "x"], ["y"])];
    const source = modelSource({ opset: 13, nodes, inputs: [value("x", [1, 64])] });
    const feeds = { x: randomFeed([1, 64], 3) };
    const quantized = await quantizeModel(source, feeds, { activations: { scheme: "ceil", bits: 3 } });
    const { plan, parameters } = quantized.activations!;
    const schemes = plan.groups.map(({ values }, group) => `${values.join()} ${parameters[group]!.scheme}`);
    expect(schemes).toEqual(["x affine", "r ceil", "d affine", "y affine"]);
    const y = await outputOf(quantized.artifact.bytes, feeds);
    // Behind the one value in 3 bits: seven steps from 0 to 1, of which each is wrong by less than one.
    const x = feeds.x.data as Float32Array;
    x.forEach((v, i) => expect(Math.abs(y[i] - Math.max(v, 0))).toBeLessThan(1 / 7 + 0.03));
  });

  it("keep the layers that stay float to the byte", async () => {
    const source = modelSource({
      opset: 13,
      nodes: [node("MatMul", ["x", "v"], ["m"], {}, "first"), node("MatMul", ["m", "w"], ["y"], {}, "second")],
      initializers: [randomTensor("v", [5, 5], 1), randomTensor("w", [5, 5], 2)],
      inputs: [value("x", [2, 5])],
    });
    const feeds = { x: randomFeed([2, 5], 3) };
    const quantized = await quantizeModel(source, feeds, { keep: ["second"] });
    const { graph } = readBack(quantized);
    expect(graph.initializer.find(({ name }) => name === "w")).toEqual(
      quantized.folded.graph.initializer.find(({ name }) => name === "w"),
    );
    expect(graph.initializer.some(({ name }) => name === "v")).toBe(false);
  });

  it("round values of one group with the same constants", async () => {
    const source = modelSource({
      opset: 13,
      nodes: [
        node("Conv", ["x", "w"], ["c"]),
        node("Relu", ["c"], ["r"]),
        node("MaxPool", ["r"], ["p"], { kernel_shape: [2, 2] }),
        node("Flatten", ["p"], ["y"]),
      ],
      initializers: [randomTensor("w", [8, 4, 3, 3], 1)],
      inputs: [value("x", IMAGE)],
    });
    const feeds = { x: randomFeed(IMAGE, 3) };
    const quantized = await quantizeModel(source, feeds);
    const pairs = readBack(quantized).graph.node.filter((item) => isOperator(item, "QuantizeLinear"));
    expect(pairs.map(({ input }) => input.join(" "))).toEqual([
      "x x_scale x_zero_point",
      "r r_scale r_zero_point",
      "p r_scale r_zero_point",
      "y_float r_scale r_zero_point",
    ]);
    const integers = await runModel(quantized.artifact.bytes, feeds);
    expect(largestDifference(integers, await runModel(quantized.artifact.bytes, feeds, false))).toBeLessThanOrEqual(
      1.01 * quantized.activations!.parameters.at(-1)!.scale,
    );
  });
});

describe("biases", () => {
  const tinyWeights = (granularity: "channel" | "tensor"): Promise<QuantizedModel> => {
    const weights = Array.from({ length: 15 }, (_, i) =>
      i < 5 ? 1e-9 * (i + 1) : granularity === "channel" ? i : 1e-9,
    );
    const source = modelSource({
      opset: 13,
      nodes: [node("Gemm", ["x", "w", "b"], ["y"], { transB: 1 }, "layer")],
      initializers: [floatTensor("w", [3, 5], weights), floatTensor("b", [3], [100, -3, 0])],
      inputs: [value("x", [2, 5])],
    });
    return quantizeModel(source, { x: randomFeed([2, 5], 3) }, { weights: { granularity } });
  };

  it.each(["channel", "tensor"] as const)("that overflow raise the weight scale of their %s", async (granularity) => {
    const quantized = await tinyWeights(granularity);
    const wide = quantized.widened.get("layer")!;
    const before = quantized.layers[0].quantized;
    expect(wide.scales[0]).toBeGreaterThan(before.scales[0]);
    expect(Array.from(wide.scales.slice(1))).toEqual(Array.from(before.scales.slice(1)));
    expect(Array.from(wide.codes.slice(5))).toEqual(
      granularity === "channel" ? Array.from(before.codes.slice(5)) : Array(10).fill(0),
    );
    expect(quantized.notes).toEqual([expect.stringContaining("raised")]);
    const { graph } = readBack(quantized);
    const bias = graph.initializer.find(({ name }) => name === "b_quantized")!;
    const codes = new Int32Array(bias.rawData.slice().buffer);
    expect(Math.abs(codes[0])).toBeLessThanOrEqual(BIAS_LIMIT * (1 + 1e-6));
    expect(Math.abs(codes[0])).toBeGreaterThan(BIAS_LIMIT * 0.99);
    const y = await outputOf(quantized.artifact.bytes, { x: randomFeed([2, 5], 3) });
    expect(y[0]).toBeCloseTo(100, -1);
  });

  it("are int32 at input scale times weight scale", async () => {
    const feeds = { x: randomFeed(IMAGE, 3) };
    const quantized = await quantizeModel(sourceOfCase(LAYERS[0]), feeds);
    const { graph } = readBack(quantized);
    const tensor = (wanted: string) => graph.initializer.find(({ name }) => name === wanted)!;
    const floats = (wanted: string) => new Float32Array(tensor(wanted).rawData.slice().buffer);
    expect(tensor("b_quantized").dataType).toBe(DataType.INT32);
    const scales = floats("w_scale").map((scale) => scale * floats("x_scale")[0]);
    expect(floats("b_scale")).toEqual(scales);
    const codes = new Int32Array(tensor("b_quantized").rawData.slice().buffer);
    const { bias } = quantized.layers[0].layer;
    codes.forEach((code, channel) =>
      expect(Math.abs(code * scales[channel] - bias![channel])).toBeLessThan(scales[channel]),
    );
  });

  it.each([
    ["sums of 16-bit products", { weights: { bits: 16 }, activations: { scheme: "affine", bits: 16 } }],
    ["blocks", BLOCKS],
  ] as const)("stay float beside %s, and the notes say so", async (_, options) => {
    const feeds = { x: randomFeed(IMAGE, 3) };
    const quantized = await quantizeModel(sourceOfCase(LAYERS[0]), feeds, options);
    expect(quantized.notes).toEqual([expect.stringContaining("bias stays float")]);
    expect(readBack(quantized).graph.initializer.some(({ name }) => name === "b")).toBe(true);
    const expected = await runModel(sourceOfCase(LAYERS[0]).bytes, feeds);
    expect(sqnrDb(expected["y"], await outputOf(quantized.artifact.bytes, feeds))).toBeGreaterThan(30);
  });
});

describe("what ONNX Runtime computes wrongly", () => {
  it.each([
    ["a batch of matrices", 21, [1, 3, 5], [1, 3, 7], {}],
    ["a batch of matrices with a float bias", 21, [1, 3, 5], [1, 3, 7], BLOCKS],
    ["a matrix", 21, [3, 5], [3, 7], {}],
    ["a vector", 13, [5], [7], {}],
  ] as const)("is avoided for MatMul and Add of %s", async (_, opset, dims, outputDims, options) => {
    const source = modelSource({
      opset,
      nodes: [node("MatMul", ["x", "w"], ["p"]), node("Add", ["p", "b"], ["y"])],
      initializers: [randomTensor("w", [5, 7], 1), randomTensor("b", [7], 2)],
      inputs: [value("x", dims)],
      outputs: [value("y", outputDims)],
    });
    const feeds = { x: randomFeed(dims, 3) };
    const { artifact } = await quantizeModel(source, feeds, options);
    expect(sqnrDb(await outputOf(source.bytes, feeds), await outputOf(artifact.bytes, feeds))).toBeGreaterThan(30);
  });

  it("is said of weights that stay floats beside integer activations", async () => {
    const source = modelSource({
      nodes: [node("MatMul", ["x", "w"], ["y"])],
      initializers: [randomTensor("w", [5, 7], 1)],
      inputs: [value("x", [1, 5])],
    });
    const feeds = { x: randomFeed([1, 5], 3) };
    const weights = { scheme: "log2", bits: 7 } as const;
    const beside = (activations: null | undefined) =>
      quantizeModel(source, feeds, activations === null ? { weights, activations } : { weights });
    expect((await beside(undefined)).notes.join()).toContain("session.disable_quant_qdq");
    expect((await beside(null)).notes).toEqual([expect.stringMatching(/written in float\.$/)]);
  });

  it("is avoided for probabilities of fine steps", async () => {
    const source = modelSource({
      opset: 13,
      nodes: [node("Softmax", ["x"], ["y"], { axis: -1 })],
      inputs: [value("x", [1, 6])],
    });
    const feeds = { x: randomFeed([1, 6], 3) };
    const { artifact } = await quantizeModel(source, feeds);
    expect(sqnrDb(await outputOf(source.bytes, feeds), await outputOf(artifact.bytes, feeds))).toBeGreaterThan(30);
  });
});

describe("the file", () => {
  it("is the same for the same input, and known for our own", async () => {
    const feeds = { x: randomFeed(IMAGE, 3) };
    const [a, b] = [
      await quantizeModel(sourceOfCase(LAYERS[0]), feeds),
      await quantizeModel(sourceOfCase(LAYERS[0]), feeds),
    ];
    expect(a.artifact).toEqual(b.artifact);
    expect(a.artifact.path).toBe("model_quantized.onnx");
    expect(isOwnFile(a.artifact.bytes)).toBe(true);
    expect(isOwnFile(sourceOfCase(LAYERS[0]).bytes)).toBe(false);
  });

  it("says what it was made of", async () => {
    const { proto } = readBack(await quantizeModel(sourceOfCase(LAYERS[0]), {}, { activations: null }));
    expect([proto.producerName, proto.producerVersion]).toEqual(["bitwright", "0.0.0"]);
    expect(proto.metadataProps.map(({ key, value: text }) => [key, text])).toEqual([
      ["bitwright.model", "model.onnx"],
      ["bitwright.model.sha256", "0".repeat(64)],
      ["bitwright.recipe", "{}"],
    ]);
  });

  it("holds what was in external files", async () => {
    const inside = sourceOfCase(LAYERS[0]);
    const { proto, graph } = decodeModel(inside);
    const bias = graph.initializer[1];
    const outside = {
      ...bias,
      rawData: new Uint8Array(),
      dataLocation: DataLocation.EXTERNAL,
      externalData: [{ $typeName: "onnx.StringStringEntryProto" as const, key: "location", value: "side.bin" }],
    };
    const bytes = encode({ ...proto, graph: { ...graph, initializer: [graph.initializer[0], outside] } });
    const source = sourceOf(bytes, "model.onnx", { "side.bin": bias.rawData });
    const kept = await quantizeModel(source, {}, { activations: null });
    const plain = await quantizeModel(inside, {}, { activations: null });
    expect(readBack(kept).graph.initializer).toEqual(readBack(plain).graph.initializer);
  });
});

describe("real models", () => {
  const feedOf = (dims: readonly number[], seed: number): Tensor => randomFeed(dims, seed);

  it.each([
    ["mnist-dscnn-bn.onnx", [4, 1, 28, 28]],
    ["mnist-lenet5.onnx", [4, 1, 28, 28]],
  ] as const)("%s", async (name, dims) => {
    await expectClose(shippedModel(name), "input", feedOf(dims, 5), 20);
  });

  it.skipIf(!hasShared).each([
    ["mnist/mnist-8-cntk.onnx", "Input3", [1, 1, 28, 28], 20],
    ["cifar10/cifar10-resnet20-jft-bn.onnx", "input", [2, 3, 32, 32], 20],
    ["digits16/usps-tinyvit.onnx", "input", [2, 1, 16, 16], 15],
    ["digits16/semeion-lstm.onnx", "input", [2, 16, 16], 15],
    ["digits16/semeion-gru.onnx", "input", [2, 16, 16], 15],
    ["speech/phoneme-conv1d.onnx", "input", [2, 1, 256], 15],
    ["as-is/ppocr-cls.onnx", "x", [1, 3, 48, 192], 10],
    ["as-is/face-RFB-320.onnx", "input", [1, 3, 240, 320], 15],
  ] as const)("%s", async (path, input, dims, leastDb) => {
    await expectClose(sharedModel(path), input, feedOf(dims, 5), leastDb);
  });

  it.skipIf(!hasShared)("of half precision keep their types", async () => {
    const source = sharedModel("awkward/resnet8-fp16-weights-cast.onnx");
    await expectClose(source, "input", feedOf([1, 3, 32, 32], 5), 15);
  });
});

async function expectClose(source: ModelSource, input: string, feed: Tensor, leastDb: number): Promise<void> {
  const feeds = { [input]: feed };
  const expected = await runModel(source.bytes, feeds);
  const { artifact } = await quantizeModel(source, feeds);
  for (const integerKernels of [true, false]) {
    const actual = await runModel(artifact.bytes, feeds, integerKernels);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, values] of Object.entries(expected))
      expect(sqnrDb(values, actual[name])).toBeGreaterThan(leastDb);
  }
}
