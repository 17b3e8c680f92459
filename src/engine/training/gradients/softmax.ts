/** Softmax and its logarithm. */
import { intAttribute } from "../../graph/attributes";
import type { GradientRule } from "./rule";

export const softmax: GradientRule = ({ node, gradient, graph }) => {
  const [y] = node.output;
  const axis = intAttribute(node, "axis", -1);
  return [
    () => {
      const products = graph.add("Mul", [gradient, y]);
      return graph.add("Mul", [y, graph.add("Sub", [gradient, graph.sum(products, [axis], 1)])]);
    },
  ];
};

export const logSoftmax: GradientRule = ({ node, gradient, graph }) => {
  const axis = intAttribute(node, "axis", -1);
  return [
    () => {
      const shares = graph.add("Mul", [graph.add("Exp", [node.output[0]]), graph.sum(gradient, [axis], 1)]);
      return graph.add("Sub", [gradient, shares]);
    },
  ];
};
