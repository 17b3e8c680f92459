/** Activation functions that are made of pieces. */
import { floatAttribute } from "../../graph/attributes";
import type { GradientRule } from "./rule";

/** The output is not negative, so that its sign is 1 where the gradient passes and 0 elsewhere. */
export const relu: GradientRule = ({ node, gradient, graph }) => [
  () => graph.add("Mul", [gradient, graph.add("Sign", [node.output[0]])]),
];

/**
 * The gradient passes where the value stayed as it was, bounds included; where it did not, it goes to the bound, which a
 * quantizer may learn.
 */
export const clip: GradientRule = ({ node, gradient, graph }) => {
  const [x, low, high] = node.input;
  return [
    () => graph.masked(gradient, graph.add("Equal", [x, node.output[0]])),
    () => graph.sumTo(graph.masked(gradient, graph.add("Less", [x, low])), low),
    () => graph.sumTo(graph.masked(gradient, graph.add("Greater", [x, high])), high),
  ];
};

export const leakyRelu: GradientRule = ({ node, gradient, graph }) => {
  const alpha = graph.scalar(floatAttribute(node, "alpha", 0.01));
  const negative = () => graph.add("Less", [node.input[0], graph.scalar(0)]);
  return [() => graph.add("Where", [negative(), graph.add("Mul", [gradient, alpha]), gradient])];
};

export const pRelu: GradientRule = ({ node, gradient, graph }) => {
  const [x, slope] = node.input;
  const zero = graph.scalar(0);
  const negative = () => graph.add("Less", [x, zero]);
  return [
    () => graph.add("Where", [negative(), graph.add("Mul", [gradient, slope]), gradient]),
    () => graph.sumTo(graph.add("Mul", [gradient, graph.add("Min", [x, zero])]), slope),
  ];
};

/** max(0, min(1, α·x + β)). */
export const hardSigmoid: GradientRule = ({ node, gradient, graph }) => {
  const [y] = node.output;
  const inside = () =>
    graph.add("And", [graph.add("Greater", [y, graph.scalar(0)]), graph.add("Less", [y, graph.scalar(1)])]);
  const alpha = graph.scalar(floatAttribute(node, "alpha", 0.2));
  return [() => graph.masked(graph.add("Mul", [gradient, alpha]), inside())];
};

/** x·max(0, min(1, x/6 + ½)): the slope is 0 up to −3, x/3 + ½ to 3, and 1 from there. */
export const hardSwish: GradientRule = ({ node, gradient, graph }) => {
  const [x] = node.input;
  return [
    () => {
      const between = graph.add("Add", [graph.add("Div", [x, graph.scalar(3)]), graph.scalar(0.5)]);
      const inside = graph.add("Less", [graph.add("Abs", [x]), graph.scalar(3)]);
      const outside = graph.add("Relu", [graph.add("Sign", [x])]);
      return graph.add("Mul", [gradient, graph.add("Where", [inside, between, outside])]);
    },
  ];
};
