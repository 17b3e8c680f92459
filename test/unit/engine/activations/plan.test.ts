import { describe, expect, it } from "vitest";
import type { ModelParts } from "../onnx/model-builder";
import { floatTensor, int64Tensor, modelSource, node, randomTensor, value } from "../onnx/model-builder";
import { convolution, prepare } from "./networks";
import { TensorProto_DataType as DataType } from "onnx-buf";

const plan = (parts: ModelParts, options = {}) => prepare(modelSource(parts), options).plan;
const names = (groups: readonly { values: readonly string[] }[]) => groups.map(({ values }) => values.join(" "));

describe("fused activations", () => {
  it("share the point after them with their producer", () => {
    const { groups, outputPoint, interior, chain } = plan({
      nodes: [
        node("Conv", ["x", "c.w", "c.b"], ["c"], {}, "conv"),
        node("Relu", ["c"], ["r"]),
        node("MatMul", ["r", "m"], ["p"], {}, "dense"),
        node("Add", ["p", "bias"], ["a"]),
        node("Clip", ["a", "low", "high"], ["y"]),
      ],
      initializers: [
        ...convolution("c", 4, 3, 1, 1),
        randomTensor("m", [8, 5], 3),
        randomTensor("bias", [5], 4),
        floatTensor("low", [], [0]),
        floatTensor("high", [], [6]),
      ],
    });
    expect(names(groups)).toEqual(["x", "r", "y"]);
    expect([...interior].sort()).toEqual(["a", "c", "p"]);
    expect(Object.fromEntries(outputPoint)).toEqual({ conv: "r", dense: "y" });
    expect(chain.get("dense")).toEqual([2, 3, 4]);
  });

  it("are not fused where something else reads the value before them, or it is an output", () => {
    const parts = (outputs: string[]): ModelParts => ({
      nodes: [
        node("Conv", ["x", "c.w", "c.b"], ["c"], {}, "conv"),
        node("Relu", ["c"], ["r"]),
        node("Add", ["r", "x"], ["y"]),
      ],
      initializers: convolution("c", 3, 3, 1, 1),
      outputs,
    });
    expect(plan(parts(["y", "c"])).outputPoint.get("conv")).toBe("c");
    expect(names(plan(parts(["y", "c"])).groups)).toEqual(["x", "c", "r", "y"]);
    expect(plan(parts(["y"])).outputPoint.get("conv")).toBe("r");
  });

  it("are not PRelu, and not a Clip with bounds that are computed", () => {
    const { groups } = plan({
      nodes: [
        node("Conv", ["x", "c.w", "c.b"], ["c"]),
        node("PRelu", ["c", "slope"], ["p"]),
        node("Conv", ["p", "c.w", "c.b"], ["d"]),
        node("Clip", ["d", "low"], ["y"]),
      ],
      initializers: [...convolution("c", 3, 3, 1, 1), floatTensor("slope", [1], [0.1])],
      inputs: ["x", value("low", [])],
    });
    expect(names(groups)).toEqual(["x", "c", "p", "d", "y"]);
  });
});

describe("groups", () => {
  it("join what only moves or averages codes", () => {
    const { groups, moved } = plan({
      nodes: [
        node("Conv", ["x", "c.w", "c.b"], ["c"]),
        node("MaxPool", ["c"], ["m", "indices"], { kernel_shape: [2, 2] }),
        node("Transpose", ["m"], ["t"], { perm: [0, 2, 3, 1] }),
        node("GlobalAveragePool", ["t"], ["g"]),
        node("Flatten", ["g"], ["f"]),
        node("Gemm", ["f", "w"], ["y"]),
      ],
      initializers: [...convolution("c", 4, 3, 1, 1), randomTensor("w", [4, 2], 5)],
    });
    expect(names(groups)).toEqual(["x", "c m t g f", "y"]);
    expect(groups[1].sources).toEqual(["c"]);
    expect([...moved].filter((name) => groups[1].values.includes(name))).toEqual(["m", "t", "f"]);
  });

  it("join Concat by option only", () => {
    const parts: ModelParts = {
      nodes: [
        node("Conv", ["x", "c.w", "c.b"], ["c"]),
        node("Sigmoid", ["x"], ["s"]),
        node("Concat", ["c", "s"], ["y"], { axis: 1 }),
      ],
      initializers: convolution("c", 4, 3, 1, 1),
    };
    expect(names(plan(parts).groups)).toEqual(["x", "c", "s", "y"]);
    expect(names(plan(parts, { concat: true }).groups)).toEqual(["x", "c s y"]);
  });

  it("hold both inputs of a product of two activations, and the sum of a residual", () => {
    const { groups } = plan({
      nodes: [
        node("MatMul", ["a", "b"], ["p"]),
        node("Softmax", ["p"], ["s"]),
        node("Add", ["s", "p"], ["t"]),
        node("Relu", ["t"], ["y"]),
      ],
      inputs: ["a", "b"],
    });
    expect(names(groups)).toEqual(["a", "b", "p", "s", "y"]);
  });
});

describe("values without codes", () => {
  it("are those of shape arithmetic, of other types and of operators that stay float, each with its reason", () => {
    const { groups, left } = plan({
      nodes: [
        node("Shape", ["x"], ["shape"]),
        node("Cast", ["shape"], ["floats"], { to: DataType.FLOAT }),
        node("Mul", ["floats", "two"], ["doubled"]),
        node("Gather", ["table", "ids"], ["rows"]),
        node("Erf", ["rows"], ["e"]),
        node("Log", ["e"], ["l"]),
        node("Gemm", ["l", "w"], ["g"]),
        node("Cast", ["g"], ["half"], { to: DataType.FLOAT16 }),
      ],
      initializers: [floatTensor("two", [1], [2]), randomTensor("table", [5, 4], 1), randomTensor("w", [4, 2], 2)],
      inputs: ["x", value("ids", ["N"], DataType.INT64)],
      outputs: ["g", value("half", ["N", 2], DataType.FLOAT16), "doubled"],
    });
    expect(names(groups)).toEqual(["rows", "l", "g"]);
    const reasons = Object.fromEntries(left.map(({ value: name, reason }) => [name, reason]));
    expect(Object.keys(reasons).sort()).toEqual(["e", "half", "x"]);
    expect(reasons["e"]).toContain("Erf");
    expect(reasons["half"]).toContain("float16");
  });

  it("are only moved between recurrent operators without an integer form", () => {
    const { groups, left, outputPoint } = plan({
      nodes: [
        node("Transpose", ["x"], ["t"], { perm: [1, 0, 2] }),
        node("RNN", ["t", "W", "R"], ["s", "h"], { hidden_size: 2 }, "rnn"),
        node("Squeeze", ["h", "axes"], ["q"]),
        node("Gemm", ["q", "w"], ["y"], {}, "dense"),
      ],
      initializers: [
        randomTensor("W", [1, 2, 3], 1),
        randomTensor("R", [1, 2, 2], 2),
        randomTensor("w", [2, 2], 3),
        int64Tensor("axes", [1], [0]),
      ],
    });
    expect(names(groups)).toEqual(["h q", "y"]);
    expect(left.map(({ value: name }) => name)).toEqual(["x", "t", "s"]);
    expect(Object.fromEntries(outputPoint)).toEqual({ "rnn.W": "s", "rnn.R": "s", dense: "y" });
  });

  it("are what LSTM and GRU read and make, and the states that they begin with", () => {
    const { groups, left } = plan({
      nodes: [
        node("LSTM", ["x", "W", "R", "", "", "h0", "c0"], ["s", "h", "c"], { hidden_size: 2 }, "lstm"),
        node("GRU", ["u", "V", "S", "", "", "zeros"], ["", "g"], { hidden_size: 2 }, "gru"),
      ],
      initializers: [
        randomTensor("W", [1, 8, 3], 1),
        randomTensor("R", [1, 8, 2], 2),
        randomTensor("V", [1, 6, 3], 3),
        randomTensor("S", [1, 6, 2], 4),
        randomTensor("zeros", [1, 1, 2], 5),
      ],
      inputs: ["x", "h0", "c0", "u"],
      outputs: ["s", "h", "c", "g"],
    });
    expect(names(groups)).toEqual(["x", "h0", "c0", "u", "s", "h", "c", "g"]);
    expect(left).toEqual([]);
  });

  it("are those around a layer that is kept float", () => {
    const parts: ModelParts = {
      nodes: [
        node("Conv", ["x", "c.w", "c.b"], ["c"], {}, "first"),
        node("Conv", ["c", "c.w", "c.b"], ["y"], {}, "second"),
      ],
      initializers: convolution("c", 3, 3, 1, 1),
    };
    expect(names(plan(parts, { floatLayers: new Set(["first"]) }).groups)).toEqual(["c", "y"]);
    expect(names(plan(parts, { floatLayers: new Set(["first", "second"]) }).groups)).toEqual([]);
  });
});
