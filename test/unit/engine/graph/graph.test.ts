import { create } from "@bufbuild/protobuf";
import { GraphProtoSchema } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { GraphIndex } from "../../../../src/engine/graph/graph";
import { buildModel, floatTensor, node, type ModelParts } from "../onnx/model-builder";

const indexOf = (parts: ModelParts) => new GraphIndex(buildModel(parts).graph!);

describe("GraphIndex", () => {
  const branch = create(GraphProtoSchema, { node: [node("Relu", ["a"], ["inner"])], output: [{ name: "inner" }] });
  const index = indexOf({
    nodes: [
      node("Relu", ["x"], ["a"]),
      node("Add", ["a", "w"], ["b"]),
      node("If", ["b"], ["y"], { then_branch: branch, else_branch: branch }),
    ],
    initializers: [floatTensor("w", [1], [1])],
  });

  it("knows producers and consumers, inside subgraphs too", () => {
    expect(index.producer("b")?.opType).toBe("Add");
    expect(index.producer("x")).toBeUndefined();
    expect(index.producer("w")).toBeUndefined();
    expect(index.consumers("a")).toEqual([1, 2]);
    expect(index.soleConsumer("a")).toBeUndefined();
    expect(index.soleConsumer("b")).toBe(2);
    expect(index.soleConsumer("y")).toBeUndefined();
    expect(index.isGraphOutput("y")).toBe(true);
  });

  it.each<[string, ModelParts, RegExp]>([
    ["a cycle", { nodes: [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"])] }, /"b" is used before/],
    ["an unknown value", { nodes: [node("Relu", ["nowhere"], ["y"])] }, /"nowhere" is used before/],
    ["two producers", { nodes: [node("Relu", ["x"], ["y"]), node("Relu", ["x"], ["y"])] }, /"y" is defined twice/],
    ["a produced input", { nodes: [node("Relu", ["x"], ["x"])] }, /"x" is defined twice/],
    [
      "two initializers of one name",
      { nodes: [], initializers: [floatTensor("w", [], [1]), floatTensor("w", [], [2])] },
      /same name/,
    ],
  ])("refuses %s", (_, parts, message) => {
    expect(() => indexOf(parts)).toThrow(message);
  });
});
