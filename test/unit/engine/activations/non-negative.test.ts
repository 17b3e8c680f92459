import { describe, expect, it } from "vitest";
import { nonNegativeValues } from "../../../../src/engine/activations/non-negative";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { floatTensor, modelSource, node, type ModelParts } from "../onnx/model-builder";
import { convolution, prepare } from "./networks";

const found = (parts: ModelParts) => [...nonNegativeValues(decodeModel(modelSource(parts)))];

describe("values that cannot be negative", () => {
  it("are made by activation functions, and by bounds from 0", () => {
    const nodes = [
      node("Relu", ["x"], ["relu"]),
      node("Sigmoid", ["x"], ["sigmoid"]),
      node("Tanh", ["x"], ["tanh"]),
      node("LeakyRelu", ["x"], ["leaky"]),
      node("Clip", ["x", "zero", "six"], ["relu6"]),
      node("Clip", ["x", "minus", "six"], ["clip"]),
      node("Clip", ["x"], ["open"]),
      node("Max", ["x", "bounds"], ["max"]),
      node("Max", ["x", "minus"], ["low"]),
    ];
    const initializers = [
      floatTensor("zero", [], [0]),
      floatTensor("six", [], [6]),
      floatTensor("minus", [], [-1]),
      floatTensor("bounds", [2], [0, 0.5]),
    ];
    expect(found({ nodes, initializers, outputs: ["relu"] })).toEqual(["relu", "sigmoid", "relu6", "max"]);
  });

  it("come of others that cannot, moved, averaged, added, multiplied or joined", () => {
    const nodes = [
      node("Relu", ["x"], ["r"]),
      node("MaxPool", ["r"], ["pooled"], { kernel_shape: [2, 2] }),
      node("Flatten", ["pooled"], ["flat"]),
      node("Pad", ["r", "pads"], ["padded"]),
      node("Pad", ["r", "pads", "minus"], ["filled"]),
      node("Add", ["r", "padded"], ["sum"]),
      node("Add", ["r", "x"], ["mixed"]),
      node("Sub", ["r", "padded"], ["difference"]),
      node("Mul", ["r", "factors"], ["product"]),
      node("Mul", ["r", "minus"], ["turned"]),
      node("Min", ["sum", "factors"], ["least"]),
      node("Concat", ["r", "sum"], ["joined"], { axis: 1 }),
      node("Concat", ["r", "mixed"], ["both"], { axis: 1 }),
    ];
    const initializers = [floatTensor("minus", [], [-1]), floatTensor("factors", [2], [0, 3])];
    const inputs = ["x", "pads"];
    expect(found({ nodes, initializers, inputs, outputs: ["sum"] })).toEqual([
      "r",
      "pooled",
      "flat",
      "padded",
      "sum",
      "product",
      "least",
      "joined",
    ]);
  });

  it("make groups whose sources cannot either: sums in front of a residual Add and Relu can", () => {
    const { plan } = prepare(
      modelSource({
        nodes: [
          node("Conv", ["x", "c.w", "c.b"], ["c"]),
          node("Relu", ["c"], ["r"]),
          node("Conv", ["r", "d.w", "d.b"], ["d"]),
          node("Add", ["d", "r"], ["s"]),
          node("Relu", ["s"], ["t"]),
          node("GlobalAveragePool", ["t"], ["y"]),
        ],
        initializers: [...convolution("c", 3, 3, 1, 1), ...convolution("d", 3, 3, 1, 2)],
      }),
    );
    const groups = plan.groups.map(({ values, nonNegative }) => `${values.join(" ")}: ${nonNegative}`);
    expect(groups).toEqual(["x: false", "r: true", "d: false", "t y: true"]);
  });
});
