/** Operators on pairs of elements, with broadcasting. */
import type { GradientRule } from "./rule";

export const add: GradientRule = ({ node, gradient, graph }) => [
  () => graph.sumTo(gradient, node.input[0]),
  () => graph.sumTo(gradient, node.input[1]),
];
