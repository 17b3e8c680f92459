/** Small graphs in which every operator with a gradient occurs, in all forms that its rule tells apart. */
import type { NodeProto, TensorProto } from "onnx-buf";
import { node, randomTensor, type AttributeValue, type ModelParts } from "../onnx/model-builder";
import type { GradientCheck } from "./finite-differences";

export interface GradientCase {
  readonly name: string;
  readonly parts: ModelParts;
  readonly check: GradientCheck;
}

/** One node whose inputs are all differentiated. */
function single(
  name: string,
  opType: string,
  inputs: readonly (readonly number[])[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  check: GradientCheck = {},
): GradientCase {
  const names = inputs.map((_, index) => `input${index}`);
  const initializers = inputs.map((dims, index) => randomTensor(names[index], dims, 10 + index));
  return graph(name, [node(opType, names, ["y"], attributes)], initializers, check);
}

function graph(
  name: string,
  nodes: readonly NodeProto[],
  initializers: readonly TensorProto[],
  check: GradientCheck = {},
): GradientCase {
  return { name, parts: { nodes, initializers, inputs: [], opset: 21 }, check };
}

const gemms = [0, 1].flatMap((transA) =>
  [0, 1].map((transB) =>
    single(
      `Gemm transA=${transA} transB=${transB}`,
      "Gemm",
      [transA === 1 ? [4, 3] : [3, 4], transB === 1 ? [5, 4] : [4, 5], transB === 1 ? [3, 1] : [5]],
      { transA, transB, alpha: { float: 0.7 }, beta: { float: transA === 1 ? 1.3 : 1 } },
    ),
  ),
);

export const GRADIENT_CASES: readonly GradientCase[] = [
  ...gemms,
  single("MatMul, matrices", "MatMul", [
    [3, 4],
    [4, 5],
  ]),
  single("MatMul, a matrix for a batch", "MatMul", [
    [2, 3, 4],
    [4, 5],
  ]),
  single("MatMul, batches that broadcast", "MatMul", [
    [2, 1, 3, 4],
    [3, 4, 2],
  ]),
  single("Add, same shape", "Add", [
    [2, 3],
    [2, 3],
  ]),
  single("Add, a channel", "Add", [
    [2, 3, 4],
    [3, 1],
  ]),
  single("Add, a scalar", "Add", [[2, 3], []]),
  single("Add, both broadcast", "Add", [
    [2, 1, 4],
    [1, 3, 1],
  ]),
  graph(
    "Add of computed values that broadcast",
    [node("Add", ["a", "b"], ["sum"]), node("Add", ["c", "a"], ["other"]), node("Add", ["sum", "other"], ["y"])],
    [randomTensor("a", [2, 1, 1], 1), randomTensor("b", [1, 3, 1], 2), randomTensor("c", [2, 3, 4], 3)],
  ),
  single("Relu", "Relu", [[3, 7]], {}, { step: 0.001 }),
];
