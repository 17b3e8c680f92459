import { describe, expect, it } from "vitest";
import { withInputShapes, type InputShapes } from "../../../../src/engine/graph/input-shapes";
import { modelFacts } from "../../../../src/engine/model-facts";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { modelSource, node, value } from "../onnx/model-builder";

const model = decodeModel(
  modelSource({
    nodes: [node("Concat", ["a", "b"], ["y"], { axis: 1 })],
    inputs: [value("a", ["N", 3, "height", 5]), value("b", ["N", 4, "height", "width"])],
    outputs: [value("y", ["N", 7, "height", 5])],
  }),
);

function shapes(given: InputShapes) {
  const { inputs, outputs } = modelFacts(withInputShapes(model, given), 0);
  return [...inputs, ...outputs].map(({ shape }) => shape);
}

describe("withInputShapes", () => {
  it("fixes what is open, wherever the graph has the same symbol, and leaves a batch of one open", () => {
    expect(shapes({ a: [1, 3, 8, 5] })).toEqual([
      ["N", 3, 8, 5],
      ["N", 4, 8, "width"],
      ["N", 7, 8, 5],
    ]);
    expect(shapes({ b: [2, 4, 8, 5] })).toEqual([
      [2, 3, 8, 5],
      [2, 4, 8, 5],
      [2, 7, 8, 5],
    ]);
  });

  it("changes neither the given model nor its other parts", () => {
    const before = shapes({});
    const fixed = withInputShapes(model, { a: [1, 3, 8, 5] });
    expect(fixed.graph.node).toBe(model.graph.node);
    expect(fixed.proto.graph).toBe(fixed.graph);
    expect(shapes({})).toEqual(before);
  });

  it.each<[string, InputShapes, RegExp]>([
    ["other sizes than the model's own", { a: [1, 4, 8, 5] }, /a: .*\[N, 3, height, 5\].*\[1, 4, 8, 5\]/],
    ["another number of dimensions", { a: [3, 8, 5] }, /a: .*\[N, 3, height, 5\].*\[3, 8, 5\]/],
    ["an input that the model has not", { x: [1] }, /an input "x".*"a", "b"/s],
    ["two sizes of one symbol", { a: [1, 3, 8, 5], b: [1, 4, 9, 5] }, /b: .*"height" would be 8 and 9/],
  ])("refuses %s", (_, given, message) => {
    expect(() => withInputShapes(model, given)).toThrow(message);
  });
});
