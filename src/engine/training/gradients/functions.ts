/** Functions of one element. */
import type { GradientGraph } from "./gradient-graph";
import type { GradientRule } from "./rule";

/** The rule for y = f(x), from the derivative as a function of the names of x and y. */
function derivative(slope: (graph: GradientGraph, x: string, y: string) => string): GradientRule {
  return ({ node, gradient, graph }) => [
    () => graph.add("Mul", [gradient, slope(graph, node.input[0], node.output[0])]),
  ];
}

export const abs = derivative((graph, x) => graph.add("Sign", [x]));

export const exp = derivative((_, __, y) => y);

export const erf = derivative((graph, x) => {
  const bell = graph.add("Exp", [graph.add("Neg", [graph.add("Mul", [x, x])])]);
  return graph.add("Mul", [bell, graph.scalar(2 / Math.sqrt(Math.PI))]);
});

export const reciprocal = derivative((graph, _, y) => graph.add("Neg", [graph.add("Mul", [y, y])]));

export const sigmoid = derivative((graph, _, y) => graph.add("Sub", [y, graph.add("Mul", [y, y])]));

export const softplus = derivative((graph, x) => graph.add("Sigmoid", [x]));

export const sqrt = derivative((graph, _, y) => graph.add("Div", [graph.scalar(0.5), y]));

export const tanh = derivative((graph, _, y) => graph.add("Sub", [graph.scalar(1), graph.add("Mul", [y, y])]));

export const log: GradientRule = ({ node, gradient, graph }) => [() => graph.add("Div", [gradient, node.input[0]])];

export const neg: GradientRule = ({ gradient, graph }) => [() => graph.add("Neg", [gradient])];
