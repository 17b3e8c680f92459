import { describe, expect, it } from "vitest";
import { activationValues } from "../../../../src/engine/activations/activation-values";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { floatTensor, modelSource, node, type ModelParts } from "../onnx/model-builder";
import { convolution, prepare } from "./networks";

const found = (parts: ModelParts) => [...activationValues(decodeModel(modelSource(parts)))];

describe("values of activation functions that are never negative", () => {
  it("are what Relu and the like make, and bounds from 0", () => {
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

  it("are those moved, joined and bounded, but no sums, products and averages", () => {
    const nodes = [
      node("Relu", ["x"], ["r"]),
      node("MaxPool", ["r"], ["pooled"], { kernel_shape: [2, 2] }),
      node("Flatten", ["pooled"], ["flat"]),
      node("Pad", ["r", "pads"], ["padded"]),
      node("Pad", ["r", "pads", "minus"], ["filled"]),
      node("Concat", ["r", "padded"], ["joined"], { axis: 1 }),
      node("Concat", ["r", "x"], ["both"], { axis: 1 }),
      node("Min", ["r", "bounds"], ["least"]),
      node("Min", ["r", "minus"], ["lower"]),
      node("Add", ["r", "padded"], ["sum"]),
      node("Mul", ["r", "padded"], ["product"]),
      node("GlobalAveragePool", ["r"], ["average"]),
    ];
    const initializers = [floatTensor("minus", [], [-1]), floatTensor("bounds", [2], [0, 3])];
    const inputs = ["x", "pads"];
    const expected = ["r", "pooled", "flat", "padded", "joined", "least"];
    expect(found({ nodes, initializers, inputs, outputs: ["sum"] })).toEqual(expected);
  });

  it("make groups, and averages have their own where they are asked to: sums in front of a residual Add are none", () => {
    const source = modelSource({
      nodes: [
        node("Conv", ["x", "c.w", "c.b"], ["c"]),
        node("Relu", ["c"], ["r"]),
        node("Conv", ["r", "d.w", "d.b"], ["d"]),
        node("Add", ["d", "r"], ["s"]),
        node("Relu", ["s"], ["t"]),
        node("GlobalAveragePool", ["t"], ["y"]),
      ],
      initializers: [...convolution("c", 3, 3, 1, 1), ...convolution("d", 3, 3, 1, 2)],
    });
    const groups = (averages: boolean) =>
      prepare(source, { averages }).plan.groups.map(
        ({ values, isActivation }) => `${values.join(" ")}: ${isActivation}`,
      );
    expect(groups(true)).toEqual(["x: false", "r: true", "d: false", "t y: true"]);
    expect(groups(false)).toEqual(["x: false", "r: true", "d: false", "t: true", "y: false"]);
  });
});
