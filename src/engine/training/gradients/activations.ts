/** Activation functions. */
import type { GradientRule } from "./rule";

/** The output is not negative, so that its sign is 1 where the gradient passes and 0 elsewhere. */
export const relu: GradientRule = ({ node, gradient, graph }) => [
  () => graph.add("Mul", [gradient, graph.add("Sign", [node.output[0]])]),
];
