import { create } from "@bufbuild/protobuf";
import { TensorProto_DataType as DataType, TensorProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { Constants } from "../../../../src/engine/graph/constants";
import { GraphIndex } from "../../../../src/engine/graph/graph";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { floatTensor, int64Tensor, modelSource, node, type ModelParts } from "../onnx/model-builder";

function constantsOf(parts: ModelParts): Constants {
  const model = decodeModel(modelSource(parts));
  return new Constants(model, new GraphIndex(model.graph));
}

/** The value `v` that the nodes make of the 2×3 constant `w` holding 0…5. */
function made(nodes: NodeProto[], initializers: TensorProto[] = [], opset = 17) {
  const w = floatTensor("w", [2, 3], [0, 1, 2, 3, 4, 5]);
  return constantsOf({ nodes, initializers: [w, ...initializers], opset }).float("v");
}

describe("Constants.float", () => {
  it.each<[string, NodeProto[], number[], number[], TensorProto[]?, number?]>([
    ["Identity", [node("Identity", ["w"], ["v"])], [2, 3], [0, 1, 2, 3, 4, 5]],
    ["Transpose", [node("Transpose", ["w"], ["v"])], [3, 2], [0, 3, 1, 4, 2, 5]],
    ["Transpose with perm", [node("Transpose", ["w"], ["v"], { perm: [0, 1] })], [2, 3], [0, 1, 2, 3, 4, 5]],
    [
      "Reshape",
      [node("Reshape", ["w", "s"], ["v"])],
      [2, 1, 3],
      [0, 1, 2, 3, 4, 5],
      [int64Tensor("s", [3], [0, 1, -1])],
    ],
    ["Cast", [node("Cast", ["w"], ["v"], { to: DataType.FLOAT16 })], [2, 3], [0, 1, 2, 3, 4, 5]],
    ["Flatten", [node("Flatten", ["w"], ["v"], { axis: 0 })], [1, 6], [0, 1, 2, 3, 4, 5]],
    [
      "Unsqueeze",
      [node("Unsqueeze", ["w", "a"], ["v"])],
      [1, 2, 3, 1],
      [0, 1, 2, 3, 4, 5],
      [int64Tensor("a", [2], [0, -1])],
    ],
    ["Unsqueeze of opset 12", [node("Unsqueeze", ["w"], ["v"], { axes: [1] })], [2, 1, 3], [0, 1, 2, 3, 4, 5], [], 12],
    [
      "a chain",
      [node("Unsqueeze", ["w", "a"], ["u"]), node("Squeeze", ["u"], ["q"]), node("Transpose", ["q"], ["v"])],
      [3, 2],
      [0, 3, 1, 4, 2, 5],
      [int64Tensor("a", [1], [0])],
    ],
  ])("follows %s", (_, nodes, dims, values, initializers, opset) => {
    const constant = made(nodes, initializers, opset);
    expect(constant?.dims).toEqual(dims);
    expect([...constant!.values]).toEqual(values);
    expect(constant?.root).toBe("w");
  });

  it.each<[string, NodeProto, number[], number[]]>([
    ["value", node("Constant", [], ["v"], { value: floatTensor("", [2], [1, 2]) }), [2], [1, 2]],
    ["value_float", node("Constant", [], ["v"], { value_float: { float: 3 } }), [], [3]],
    ["value_floats", node("Constant", [], ["v"], { value_floats: { floats: [1, 2] } }), [2], [1, 2]],
  ])("reads a Constant's %s", (_, constant, dims, values) => {
    expect(made([constant])).toMatchObject({ dims, values: Float32Array.from(values) });
  });

  it.each<[string, NodeProto[]]>([
    ["graph inputs", [node("Identity", ["x"], ["v"])]],
    ["other operators", [node("Relu", ["w"], ["v"])]],
    ["casts to integers", [node("Cast", ["w"], ["i"], { to: DataType.INT64 }), node("Cast", ["i"], ["v"], { to: 1 })]],
    ["integer constants", [node("Constant", [], ["v"], { value_ints: [1] })]],
    ["shapes computed at run time", [node("Shape", ["x"], ["s"]), node("Reshape", ["w", "s"], ["v"])]],
    ["operators of other domains", [node("Identity", ["w"], ["v"], {}, "", "com.example")]],
  ])("does not see through %s", (_, nodes) => {
    expect(made(nodes)).toBeUndefined();
  });

  it("recognises what is quantized already", () => {
    const constants = constantsOf({
      nodes: [node("QuantizeLinear", ["w", "s"], ["q"]), node("DequantizeLinear", ["q", "s"], ["v"])],
      initializers: [floatTensor("w", [2], [1, 2]), floatTensor("s", [], [1])],
    });
    expect(constants.origin("v")).toMatchObject({ root: "w", quantized: true });
    expect(constants.float("v")).toBeUndefined();
  });

  it.each([
    ["Reshape", [node("Reshape", ["w", "s"], ["v"])], [4, 4]],
    ["Reshape", [node("Reshape", ["w", "s"], ["v"])], [-1, -1]],
    ["Unsqueeze", [node("Unsqueeze", ["w", "s"], ["v"])], [9]],
    ["Squeeze", [node("Squeeze", ["w", "s"], ["v"])], [0]],
    ["Transpose", [node("Transpose", ["w"], ["v"], { perm: [0, 0] })], [0]],
    ["Flatten", [node("Flatten", ["w"], ["v"], { axis: 7 })], [0]],
  ])("refuses an impossible %s", (operator, nodes, shape) => {
    expect(() => made(nodes, [int64Tensor("s", [shape.length], shape)])).toThrow(`${operator} with [`);
  });

  it("keeps one copy of a tensor however often it is turned the same way", () => {
    const perms = [
      [1, 0, 2],
      [0, 2, 1],
      [2, 0, 1],
      [1, 2, 0],
    ];
    const nodes = Array.from({ length: 20 }, (_, step) =>
      node("Transpose", [step === 0 ? "w" : `t${step - 1}`], [`t${step}`], { perm: perms[step % perms.length] }),
    );
    const w = floatTensor("w", [50, 60, 70], new Float32Array(50 * 60 * 70));
    const constants = constantsOf({ nodes, initializers: [w] });
    const made = nodes.map(({ output }) => constants.float(output[0])!);
    expect(new Set(made.map(({ values }) => values)).size).toBeLessThanOrEqual(6);
  });

  it("takes a transposition across the axes of another one for what it is", () => {
    const nodes = [
      node("Transpose", ["w"], ["t"]),
      node("Reshape", ["t", "s"], ["r"]),
      node("Transpose", ["r"], ["v"]),
      node("Transpose", ["v"], ["back"]),
    ];
    const w = floatTensor("w", [2, 3], [0, 1, 2, 3, 4, 5]);
    const constants = constantsOf({ nodes, initializers: [w, int64Tensor("s", [2], [2, 3])] });
    expect([...constants.float("v")!.values]).toEqual([0, 4, 3, 2, 1, 5]);
    expect([...constants.float("back")!.values]).toEqual([...constants.float("r")!.values]);
  });

  it("refuses a tensor that is rearranged into many times its size", () => {
    const side = 2048;
    const nodes: NodeProto[] = [];
    const shapes: TensorProto[] = [];
    let previous = "w";
    for (let step = 0; step < 8; step++) {
      const rows = 3 * 2 ** (step + 1);
      shapes.push(int64Tensor(`s${step}`, [2], [rows, -1]));
      nodes.push(node("Reshape", [previous, `s${step}`], [`r${step}`]), node("Transpose", [`r${step}`], [`t${step}`]));
      previous = `t${step}`;
    }
    const w = floatTensor("w", [3, side, side / 4], new Float32Array((3 * side * side) / 4));
    const constants = constantsOf({ nodes, initializers: [w, ...shapes] });
    expect(() => constants.float("t1")).not.toThrow();
    expect(() => constants.float("t7")).toThrow(/too complex/);
  });

  it("follows chains of bounded length only", () => {
    const nodes = Array.from({ length: 5000 }, (_, step) =>
      node("Identity", [step === 0 ? "w" : `v${step}`], [`v${step + 1}`]),
    );
    const constants = constantsOf({ nodes, initializers: [floatTensor("w", [], [1])] });
    expect(constants.float("v3")?.root).toBe("w");
    expect(constants.float("v5000")).toBeUndefined();
    expect(constants.isDerivedFromConstants("v5000")).toBe(true);
  });
});

describe("Constants.integers", () => {
  it("reads shapes from initializers and Constant nodes", () => {
    const int32 = create(TensorProtoSchema, { name: "i", dims: [1n], dataType: DataType.INT32, int32Data: [7] });
    const constants = constantsOf({
      nodes: [
        node("Constant", [], ["c"], { value: int64Tensor("", [2], [3, -1]) }),
        node("Constant", [], ["s"], { value_int: 5 }),
        node("Constant", [], ["l"], { value_ints: [1, 2] }),
      ],
      initializers: [int32],
    });
    expect(["c", "s", "l", "i", "x"].map((name) => constants.integers(name))).toEqual([
      [3, -1],
      [5],
      [1, 2],
      [7],
      undefined,
    ]);
  });
});
