/** Gemm and MatMul. */
import { floatAttribute, intAttribute } from "../../graph/attributes";
import type { GradientRule } from "./rule";

/** Y = α·A′·B′ + β·C, where A′ and B′ may be transposed: every gradient of a factor is a Gemm again. */
export const gemm: GradientRule = ({ node, gradient, graph }) => {
  const [a, b, c] = node.input;
  const transA = intAttribute(node, "transA", 0);
  const transB = intAttribute(node, "transB", 0);
  const alpha = { float: floatAttribute(node, "alpha", 1) };
  const beta = floatAttribute(node, "beta", 1);
  const product = (left: string, right: string, transLeft: number, transRight: number) =>
    graph.add("Gemm", [left, right], { transA: transLeft, transB: transRight, alpha });
  return [
    () => (transA === 0 ? product(gradient, b, 0, 1 - transB) : product(b, gradient, transB, 1)),
    () => (transB === 0 ? product(a, gradient, 1 - transA, 0) : product(gradient, a, 1, transA)),
    () => graph.sumTo(beta === 1 ? gradient : graph.add("Mul", [gradient, graph.scalar(beta)]), c),
  ];
};

/**
 * Matrices in the last two axes; a vector on the right is a matrix of one column. A constant right side of two axes is multiplied
 * with all rows of the left side, so that its gradient is one product of all rows; else the product of each pair of matrices is
 * summed where one was broadcast.
 */
export const matMul: GradientRule = ({ node, gradient, graph }) => {
  const [a, b] = node.input;
  const dims = graph.dims(b);
  const product = (left: string, right: string, transposed: "transA" | "transB") =>
    graph.addRuntime("FusedMatMul", [left, right], { [transposed]: 1 });
  if (dims?.length === 1) {
    const column = graph.add("Unsqueeze", [gradient, graph.int64s([-1])]);
    const rows = graph.add("Reshape", [a, graph.int64s([-1, dims[0]])]);
    const products = graph.add("Gemm", [rows, graph.add("Reshape", [gradient, graph.int64s([-1, 1])])], { transA: 1 });
    return [() => graph.add("Mul", [column, b]), () => graph.add("Reshape", [products, graph.int64s([dims[0]])])];
  }
  if (dims?.length === 2) {
    const rows = (value: string, columns: number) => graph.add("Reshape", [value, graph.int64s([-1, columns])]);
    return [
      () => product(gradient, b, "transB"),
      () => graph.add("Gemm", [rows(a, dims[0]), rows(gradient, dims[1])], { transA: 1 }),
    ];
  }
  return [() => graph.sumTo(product(gradient, b, "transB"), a), () => graph.sumTo(product(a, gradient, "transA"), b)];
};
