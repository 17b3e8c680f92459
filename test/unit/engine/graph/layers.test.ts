import { create } from "@bufbuild/protobuf";
import { GraphProtoSchema, TensorProto_DataType as DataType, TensorProtoSchema, type NodeProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import type { Layer } from "../../../../src/engine/graph/layer";
import { findLayers, type Layers } from "../../../../src/engine/graph/layers";
import { toChannelMajor, toOnnxOrder } from "../../../../src/engine/graph/layout";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { runPipeline } from "../../../../src/engine/pipeline";
import { parseRecipe } from "../../../../src/engine/recipe";
import { BitwrightError } from "../../../../src/protocol/errors";
import {
  floatTensor,
  int64Tensor,
  modelSource,
  node,
  randomTensor,
  sourceOf,
  encode,
  buildModel,
  type ModelParts,
} from "../onnx/model-builder";

function layersOf(parts: ModelParts): Layers {
  return findLayers(decodeModel(modelSource(parts)));
}

function onlyLayer(parts: ModelParts): Layer {
  const { layers } = layersOf(parts);
  expect(layers).toHaveLength(1);
  return layers[0];
}

/** A weight tensor whose values are their own positions. */
function counting(name: string, dims: readonly number[]) {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return floatTensor(
    name,
    dims,
    Array.from({ length: count }, (_, position) => position),
  );
}

function stored(layer: Layer): number[] {
  return [...toChannelMajor(layer.weight.values, layer.layout).values];
}

function int8(name: string, dims: readonly number[]) {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: DataType.INT8,
    rawData: new Uint8Array(count),
  });
}

describe("layouts", () => {
  it.each([
    ["Conv", [6, 2, 3], { group: 2 }, "OWI", [6, 3, 2], 6],
    ["Conv", [6, 2, 3, 5], {}, "OHWI", [6, 3, 5, 2], 6],
    ["Conv", [6, 1, 3, 3], { group: 6 }, "OHWI", [6, 3, 3, 1], 6],
    ["Conv", [6, 2, 3, 5, 7], {}, "ODHWI", [6, 3, 5, 7, 2], 6],
    ["ConvTranspose", [6, 2, 3], {}, "OWI", [2, 3, 6], 2],
    ["ConvTranspose", [6, 2, 3, 5], { group: 3 }, "OHWI", [6, 3, 5, 2], 6],
    ["Gemm", [4, 3], {}, "OI", [3, 4], 3],
    ["Gemm", [4, 3], { transB: 1 }, "OI", [4, 3], 4],
    ["MatMul", [4, 3], {}, "OI", [3, 4], 3],
    ["MatMul", [2, 5, 4, 3], {}, "OBI", [3, 10, 4], 3],
    ["MatMul", [1, 4, 3], {}, "OI", [3, 4], 3],
    ["MatMul", [4], {}, "OI", [1, 4], 1],
  ] as const)("%s of %j %j", (operator, dims, attributes, name, storedDims, channels) => {
    const layer = onlyLayer({
      nodes: [node(operator, ["x", "w"], ["y"], attributes)],
      initializers: [counting("w", dims)],
    });
    expect(layer.layout).toMatchObject({ name, storedDims, channels });
    expect(layer.layout.perChannel * channels).toBe(layer.weight.values.length);
    expect(layer.layout.name).toHaveLength(layer.layout.storedDims.length);
    const { values } = toChannelMajor(layer.weight.values, layer.layout);
    expect(toOnnxOrder(values, layer.layout)).toEqual(layer.weight.values);
  });

  it("orders a convolution's weights OHWI", () => {
    const parts = { nodes: [node("Conv", ["x", "w"], ["y"])], initializers: [counting("w", [2, 3, 1, 2])] };
    expect(stored(onlyLayer(parts))).toEqual([0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
  });

  it("counts a grouped ConvTranspose's channels over the groups", () => {
    const parts = {
      nodes: [node("ConvTranspose", ["x", "w"], ["y"], { group: 2 })],
      initializers: [counting("w", [4, 3, 1])],
    };
    expect(stored(onlyLayer(parts))).toEqual([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
  });

  it("takes a constant left side by rows", () => {
    const matMul = onlyLayer({ nodes: [node("MatMul", ["w", "x"], ["y"])], initializers: [counting("w", [3, 4])] });
    expect(matMul).toMatchObject({ weightInput: 0, layout: { channels: 3, onnxName: "OI" } });
    const gemm = onlyLayer({
      nodes: [node("Gemm", ["w", "x", "b"], ["y"], { transA: 1 })],
      initializers: [counting("w", [4, 3]), counting("b", [3, 1])],
    });
    expect(gemm).toMatchObject({ weightInput: 0, layout: { channels: 3, onnxName: "IO" } });
    expect(gemm.bias).toEqual(Float32Array.of(0, 1, 2));
  });

  it("takes a Gather's table by entries", () => {
    const rows = onlyLayer({ nodes: [node("Gather", ["w", "x"], ["y"])], initializers: [counting("w", [5, 3])] });
    expect(rows.layout).toMatchObject({ name: "VE", channels: 5, perChannel: 3 });
    const columns = onlyLayer({
      nodes: [node("Gather", ["w", "x"], ["y"], { axis: -1 })],
      initializers: [counting("w", [2, 3])],
    });
    expect(columns.layout).toMatchObject({ name: "VPE", channels: 3, perChannel: 2 });
    expect(stored(columns)).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it("splits recurrent nodes into W and R with their halves of B", () => {
    const { layers } = layersOf({
      nodes: [node("GRU", ["x", "w", "r", "b"], ["y"], { direction: "bidirectional", hidden_size: 1 }, "gru")],
      initializers: [counting("w", [2, 3, 4]), counting("r", [2, 3, 1]), counting("b", [2, 6])],
    });
    expect(layers.map((layer) => [layer.name, layer.layout.name, layer.layout.channels])).toEqual([
      ["gru.W", "GI", 6],
      ["gru.R", "GH", 6],
    ]);
    expect([...layers[0].bias!]).toEqual([0, 1, 2, 6, 7, 8]);
    expect([...layers[1].bias!]).toEqual([3, 4, 5, 9, 10, 11]);
  });
});

describe("biases and factors", () => {
  it("multiplies alpha into the weights and beta into the bias", () => {
    const layer = onlyLayer({
      nodes: [node("Gemm", ["x", "w", "c"], ["y"], { alpha: 0.5, beta: { float: 2 } })],
      initializers: [counting("w", [2, 2]), floatTensor("c", [1, 2], [1, 3])],
    });
    expect([...layer.weight.values]).toEqual([0, 0.5, 1, 1.5]);
    expect([...layer.bias!]).toEqual([2, 6]);
  });

  it.each([
    ["Conv", [2, 3, 1, 1], [2, 1, 1]],
    ["ConvTranspose", [3, 2, 1, 1], [1, 2, 1, 1]],
    ["MatMul", [3, 2], [2]],
  ] as const)("takes the Add after %s for its bias", (operator, weightDims, biasDims) => {
    const layer = onlyLayer({
      nodes: [node(operator, ["x", "w"], ["c"]), node("Add", ["c", "b"], ["y"], {}, "plus")],
      initializers: [counting("w", weightDims), floatTensor("b", biasDims, [5, 6])],
    });
    expect(layer.bias).toEqual(Float32Array.of(5, 6));
    expect(layer.fused).toEqual(["plus"]);
  });

  it.each<[string, { outputs?: string[]; extra?: NodeProto[]; bias?: number[] }]>([
    ["is also a graph output", { outputs: ["y", "c"] }],
    ["is read elsewhere", { extra: [node("Relu", ["c"], ["z"])] }],
    ["is not per channel", { bias: [1, 1, 1, 2] }],
  ])("leaves an Add whose sum %s", (_, { outputs = ["y"], extra = [], bias = [2, 1, 1] }) => {
    const { layers, unquantizable } = layersOf({
      outputs,
      nodes: [node("Conv", ["x", "w"], ["c"]), node("Add", ["c", "b"], ["y"], {}, "plus"), ...extra],
      initializers: [counting("w", [2, 3, 1, 1]), floatTensor("b", bias, [5, 6])],
    });
    expect(layers[0]).toMatchObject({ bias: null, fused: [] });
    expect(unquantizable).toMatchObject([{ name: "plus", op: "Add", parameters: 2 }]);
  });

  const conv = node("Conv", ["x", "w", "b"], ["y"], {}, "layer");
  const kernel = counting("w", [2, 3, 1, 1]);

  it.each<[string, ModelParts, number, string]>([
    [
      "computed when the model runs",
      { inputs: ["x", "b"], nodes: [conv], initializers: [kernel] },
      0,
      "The bias is computed when the model runs.",
    ],
    [
      "computed from constants",
      { nodes: [node("Neg", ["c"], ["b"]), conv], initializers: [kernel, counting("c", [2])] },
      0,
      "The bias is computed from constants when the model runs.",
    ],
    [
      "quantized already",
      {
        nodes: [node("DequantizeLinear", ["c", "s"], ["b"]), conv],
        initializers: [kernel, int8("c", [2]), floatTensor("s", [], [1])],
      },
      2,
      "The bias is already quantized.",
    ],
    [
      "of another type",
      {
        nodes: [node("Gemm", ["x", "w", "b"], ["y"], {}, "layer")],
        initializers: [counting("w", [3, 2]), int64Tensor("b", [2], [1, 2])],
      },
      2,
      "The bias is of type int64, not float.",
    ],
    [
      "a matrix",
      {
        nodes: [node("Gemm", ["x", "w", "b"], ["y"], {}, "layer")],
        initializers: [counting("w", [3, 2]), counting("b", [4, 2])],
      },
      8,
      "The bias has the shape [4, 2] and not one value for each output channel.",
    ],
  ])("lists a bias that is %s, with the reason", (_, parts, parameters, reason) => {
    const { layers, unquantizable } = layersOf(parts);
    expect(layers.map(({ bias }) => bias)).toEqual([null]);
    const others = unquantizable.filter(({ op }) => op !== "Neg");
    expect(others).toEqual([{ name: "layer.bias", op: parts.nodes.at(-1)!.opType, parameters, reason }]);
  });
});

describe("names and keys", () => {
  it("makes equal and empty names unique", () => {
    const gemm = (output: string, name: string) => node("Gemm", ["x", "w"], [output], {}, name);
    const { layers } = layersOf({
      nodes: [gemm("a", "same"), gemm("b", "same_2"), gemm("c", "same"), gemm("y", "")],
      initializers: [counting("w", [2, 2])],
    });
    expect(layers.map((layer) => layer.name)).toEqual(["same", "same_2", "same_3", "y"]);
    expect(layers[2].nodeName).toBe("same");
  });

  it("takes names that objects have of their own for names like any other", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const parts = {
      nodes: names.map((name, index) => node("MatMul", [names[index - 1] ?? "x", `w.${name}`], [name], {}, name)),
      initializers: names.map((name, index) => randomTensor(`w.${name}`, [4, 4], index + 1)),
      outputs: [names[3]],
    };
    expect(layersOf(parts).layers.map((layer) => layer.name)).toEqual(names);
    const recipe = (layers: string) =>
      parseRecipe(JSON.parse(`{ "model": "m.onnx", "layers": ${layers}, "output": { "directory": "out" } }`));
    const context = { generatorVersion: "0.0.0", sha256: () => "" };
    const { report } = await runPipeline(modelSource(parts), recipe('{ "constructor": { "bits": 4 } }'), context);
    expect(report.layers.map(({ bits }) => bits)).toEqual([8, 4, 8, 8]);
    const unknown = runPipeline(modelSource(parts), recipe('{ "valueOf": { "bits": 4 } }'), context);
    await expect(unknown).rejects.toMatchObject({ code: "layer-unknown" });
  });

  it("gives one key to layers that share a constant in the same layout with the same factor", () => {
    const { layers, parameters } = layersOf({
      nodes: [
        node("Gemm", ["x", "w"], ["a"]),
        node("Identity", ["w"], ["copy"]),
        node("MatMul", ["x", "copy"], ["b"]),
        node("Gemm", ["x", "w"], ["c"], { alpha: 0.5 }),
        node("Gemm", ["x", "w"], ["d"], { transB: 1 }),
        node("Transpose", ["w"], ["t1"]),
        node("Transpose", ["w"], ["t2"], { perm: [1, 0] }),
        node("MatMul", ["x", "t1"], ["e"]),
        node("MatMul", ["x", "t2"], ["y"]),
      ],
      initializers: [counting("w", [2, 2])],
    });
    const keys = layers.map((layer) => layer.weightKey);
    expect(keys.map((key) => keys.indexOf(key))).toEqual([0, 0, 2, 3, 3, 3]);
    expect(layers[0].weight.values).toBe(layers[1].weight.values);
    expect(parameters).toBe(4);
  });

  it("gives one key to a constant in any number of shapes that keep its channels", () => {
    const ranks = [3, 4, 5, 6, 7, 8];
    const { layers } = layersOf({
      nodes: ranks.flatMap((rank) => [
        node("Reshape", ["w", `s${rank}`], [`w${rank}`]),
        node("MatMul", ["x", `w${rank}`], [`y${rank}`]),
      ]),
      initializers: [
        counting("w", [3, 4]),
        ...ranks.map((rank) => int64Tensor(`s${rank}`, [rank], [...new Array<number>(rank - 2).fill(1), 3, 4])),
      ],
      outputs: ranks.map((rank) => `y${rank}`),
    });
    expect(layers.map(({ weight }) => weight.dims.length)).toEqual(ranks);
    expect(new Set(layers.map(({ weightKey }) => weightKey)).size).toBe(1);
    expect(new Set(layers.map(({ weight }) => weight.values)).size).toBe(1);
  });

  it("gives one key to a table and the product with its transpose", () => {
    const { layers } = layersOf({
      nodes: [
        node("Gather", ["w", "i"], ["e"]),
        node("Transpose", ["w"], ["t"]),
        node("MatMul", ["e", "t"], ["y"]),
        node("MatMul", ["x", "w"], ["z"]),
      ],
      inputs: ["x", "i"],
      outputs: ["y", "z"],
      initializers: [counting("w", [5, 3])],
    });
    const [table, product, other] = layers;
    expect(product.weightKey).toBe(table.weightKey);
    expect(stored(product)).toEqual(stored(table));
    expect(other.weightKey).not.toBe(table.weightKey);
  });

  it("tells channels apart that are cut from the same elements", () => {
    const { layers } = layersOf({
      nodes: [
        node("Gemm", ["x", "w"], ["a"], { transB: 1 }),
        node("Reshape", ["w", "s"], ["r"]),
        node("Gemm", ["x", "r"], ["b"], { transB: 1 }),
        node("Transpose", ["r"], ["t"]),
        node("Reshape", ["t", "q"], ["u"]),
        node("Gemm", ["x", "u"], ["c"], { transB: 1 }),
      ],
      outputs: ["a", "b", "c"],
      initializers: [counting("w", [4, 3]), int64Tensor("s", [2], [6, 2]), int64Tensor("q", [2], [4, 3])],
    });
    expect(new Set(layers.map(({ weightKey }) => weightKey)).size).toBe(3);
    expect(stored(layers[2])).not.toEqual(stored(layers[0]));
  });

  it("refuses one constant cut into many times its size of different weights", () => {
    const side = 2048;
    const cuts = [1, 2, 4, 8, 16, 32, 64, 128];
    const parts = (count: number) => ({
      nodes: cuts
        .slice(0, count)
        .flatMap((cut) => [
          node("Reshape", ["w", `s${cut}`], [`w${cut}`]),
          node("MatMul", ["x", `w${cut}`], [`y${cut}`]),
        ]),
      initializers: [
        floatTensor("w", [side, side], new Float32Array(side * side)),
        ...cuts.map((cut) => int64Tensor(`s${cut}`, [2], [side * cut, side / cut])),
      ],
      outputs: cuts.slice(0, count).map((cut) => `y${cut}`),
    });
    expect(layersOf(parts(4)).layers).toHaveLength(4);
    expect(() => layersOf(parts(8))).toThrow(/too complex: its layers/);
  });
});

describe("what cannot be quantized", () => {
  const branch = create(GraphProtoSchema, {
    node: [node("MatMul", ["x", "w"], ["b"], {}, "inner")],
    initializer: [counting("w", [2, 2])],
    output: [{ name: "b" }],
  });

  it.each<[string, ModelParts, { name?: string; op?: string; parameters?: number; reason?: string | RegExp }]>([
    [
      "weights cast to no type",
      { nodes: [node("Cast", ["w"], ["v"]), node("MatMul", ["x", "v"], ["y"])], initializers: [counting("w", [2, 2])] },
      { op: "MatMul", reason: "The weights are cast to a type that the model does not name." },
    ],
    [
      "weights computed at run time",
      { inputs: ["x", "w"], nodes: [node("Conv", ["x", "w"], ["y"], {}, "n")] },
      { name: "n", op: "Conv", parameters: 0, reason: "The weights are computed when the model runs." },
    ],
    [
      "weights computed from constants",
      {
        nodes: [node("Neg", ["w"], ["v"], {}, "n"), node("MatMul", ["x", "v"], ["y"])],
        initializers: [counting("w", [2, 2])],
      },
      { op: "MatMul", reason: "The weights are computed from constants when the model runs." },
    ],
    [
      "weights that are quantized already",
      {
        nodes: [node("DequantizeLinear", ["w", "s"], ["v"]), node("Conv", ["x", "v"], ["y"])],
        initializers: [int8("w", [2, 3, 1, 1]), floatTensor("s", [2], [1, 1])],
      },
      { op: "Conv", parameters: 6, reason: "The weights are already quantized." },
    ],
    [
      "QLinearMatMul",
      {
        nodes: [node("QLinearMatMul", ["x", "s", "z", "w", "s", "z", "s", "z"], ["y"])],
        initializers: [int8("w", [2, 3]), floatTensor("s", [], [1]), int8("z", [])],
      },
      { op: "QLinearMatMul", parameters: 6, reason: "The weights are already quantized." },
    ],
    [
      "weights of another type",
      { nodes: [node("MatMul", ["x", "w"], ["y"])], initializers: [int64Tensor("w", [1, 2], [1, 2])] },
      { op: "MatMul", parameters: 2, reason: "The weights are of type int64, not float." },
    ],
    [
      "another domain",
      {
        domains: { "com.example": 1 },
        nodes: [node("Conv", ["x", "w"], ["y"], {}, "", "com.example")],
        initializers: [counting("w", [2, 3, 1, 1])],
      },
      { reason: 'The operator belongs to the domain "com.example", which Bitwright does not know.', parameters: 6 },
    ],
    [
      "a batch normalization on its own",
      {
        nodes: [node("BatchNormalization", ["x", "g", "b", "g", "g"], ["y"])],
        initializers: [counting("g", [3]), counting("b", [3])],
      },
      { parameters: 6, reason: /^The batch normalization is not folded into a layer: no Conv/ },
    ],
    [
      "other operators with constants",
      { nodes: [node("PRelu", ["x", "s"], ["y"])], initializers: [counting("s", [3])] },
      { op: "PRelu", parameters: 3 },
    ],
    [
      "layers in subgraphs",
      { inputs: ["x", "flag"], nodes: [node("If", ["flag"], ["y"], { then_branch: branch, else_branch: branch })] },
      { name: "inner", op: "MatMul", parameters: 4 },
    ],
    [
      "weights without elements",
      { nodes: [node("MatMul", ["x", "w"], ["y"])], initializers: [counting("w", [0, 2])] },
      { reason: "The weight tensor has no elements." },
    ],
  ])("lists %s", (_, parts, entry) => {
    const { layers, unquantizable } = layersOf(parts);
    expect(layers).toHaveLength(0);
    const { reason, ...fields } = entry;
    expect(unquantizable[0]).toMatchObject(fields);
    expect(unquantizable[0].reason).toMatch(reason ?? /./);
  });

  it("counts codes of weights and not of indices among the parameters", () => {
    const { parameters, unquantizable } = layersOf({
      nodes: [
        node("DequantizeLinear", ["w", "s"], ["v"]),
        node("Conv", ["x", "v"], ["c"]),
        node("Reshape", ["c", "shape"], ["r"]),
        node("QLinearMatMul", ["r", "s0", "z", "q", "s0", "z", "s0", "z"], ["y"]),
      ],
      initializers: [
        int8("w", [2, 3, 5, 5]),
        floatTensor("s", [2], [1, 1]),
        int64Tensor("shape", [4], [0, 0, 0, 1]),
        int8("q", [20, 30]),
        floatTensor("s0", [], [1]),
        int8("z", []),
      ],
    });
    expect(unquantizable.map((entry) => entry.parameters)).toEqual([150, 600]);
    expect(parameters).toBe(150 + 600 + 2 + 1);
  });

  it("lists a sparse initializer", () => {
    const model = buildModel({ nodes: [node("MatMul", ["x", "w"], ["y"])] });
    model.graph!.sparseInitializer = [
      { $typeName: "onnx.SparseTensorProto", dims: [4n, 4n], values: counting("w", [3]), indices: counting("i", [3]) },
    ];
    const { unquantizable, parameters } = findLayers(decodeModel(sourceOf(encode(model))));
    expect(unquantizable).toMatchObject([{ name: "w", op: "SparseTensor", parameters: 3 }]);
    expect(parameters).toBe(3);
  });

  it("says nothing of products of two activations and of index arithmetic", () => {
    const { unquantizable } = layersOf({
      nodes: [node("MatMul", ["x", "x"], ["a"]), node("Shape", ["a"], ["s"]), node("Gather", ["s", "i"], ["y"])],
      initializers: [int64Tensor("i", [], [0])],
    });
    expect(unquantizable).toEqual([]);
  });
});

describe("impossible shapes", () => {
  it.each<[string, ModelParts]>([
    [
      "a kernel of two dimensions",
      { nodes: [node("Conv", ["x", "w"], ["y"], {}, "n")], initializers: [counting("w", [2, 3])] },
    ],
    [
      "groups that do not divide",
      { nodes: [node("Conv", ["x", "w"], ["y"], { group: 4 }, "n")], initializers: [counting("w", [6, 1, 3])] },
    ],
    [
      "groups below one",
      { nodes: [node("Conv", ["x", "w"], ["y"], { group: 0 }, "n")], initializers: [counting("w", [6, 1, 3])] },
    ],
    [
      "a bias of another length",
      {
        nodes: [node("Conv", ["x", "w", "b"], ["y"], {}, "n")],
        initializers: [randomTensor("w", [2, 1, 3], 1), counting("b", [3])],
      },
    ],
    [
      "data that is too short",
      { nodes: [node("Gemm", ["x", "w"], ["y"], {}, "n")], initializers: [floatTensor("w", [3, 3], [1])] },
    ],
  ])("names model, layer and tensor for %s", (_, parts) => {
    try {
      layersOf(parts);
      expect.unreachable();
    } catch (thrown) {
      const error = BitwrightError.from(thrown);
      expect(error.code).toBe("tensor-shape");
      expect(error.message).toMatch(/^model\.onnx, layer "n", [wb]: /);
    }
  });
});
