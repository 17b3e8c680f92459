/** Operators on pairs of elements, with broadcasting. */
import type { GradientRule } from "./rule";

export const add: GradientRule = ({ node, gradient, graph }) =>
  node.input.map((input) => () => graph.sumTo(gradient, input));

export const sub: GradientRule = ({ node, gradient, graph }) => [
  () => graph.sumTo(gradient, node.input[0]),
  () => graph.add("Neg", [graph.sumTo(gradient, node.input[1])]),
];

export const mul: GradientRule = ({ node, gradient, graph }) => {
  const [a, b] = node.input;
  return [() => graph.sumTo(graph.add("Mul", [gradient, b]), a), () => graph.sumTo(graph.add("Mul", [gradient, a]), b)];
};

/** ∂(a/b)/∂b = −(a/b)/b. */
export const div: GradientRule = ({ node, gradient, graph }) => {
  const [a, b] = node.input;
  return [
    () => graph.sumTo(graph.add("Div", [gradient, b]), a),
    () => {
      const products = graph.add("Mul", [gradient, node.output[0]]);
      return graph.add("Neg", [graph.sumTo(graph.add("Div", [products, b]), b)]);
    },
  ];
};

/** xᵖ by x; no gradient by the exponent. */
export const pow: GradientRule = ({ node, gradient, graph }) => {
  const [x, exponent] = node.input;
  return [
    () => {
      const lower = graph.add("Pow", [x, graph.add("Sub", [exponent, graph.scalar(1)])]);
      return graph.sumTo(graph.add("Mul", [gradient, graph.add("Mul", [lower, exponent])]), x);
    },
  ];
};

/** Max and Min: the gradient goes to whichever input the output is equal to. */
export const extreme: GradientRule = ({ node, gradient, graph }) =>
  node.input.map(
    (input) => () => graph.sumTo(graph.masked(gradient, graph.add("Equal", [input, node.output[0]])), input),
  );

export const where: GradientRule = ({ node, gradient, graph }) => {
  const [condition, a, b] = node.input;
  const zero = graph.scalar(0);
  return [
    null,
    () => graph.sumTo(graph.add("Where", [condition, gradient, zero]), a),
    () => graph.sumTo(graph.add("Where", [condition, zero, gradient]), b),
  ];
};
