/** BatchNormalization: y = (x − mean) / √(var + ε) · scale + bias, by all five inputs. */
import { floatAttribute } from "../../graph/attributes";
import type { GradientGraph } from "./gradient-graph";
import type { GradientRule } from "./rule";

export const batchNormalization: GradientRule = ({ node, gradient, graph }) => {
  const [x, scale, , mean, variance] = node.input;
  const epsilon = { float: floatAttribute(node, "epsilon", 1e-5) };
  const [zeros, ones] = [graph.zerosLike(scale), graph.onesLike(scale)];
  const normalize = (value: string, factor: string, centre: string) =>
    graph.add("BatchNormalization", [value, factor, zeros, centre, variance], { epsilon });
  const byInput = () => normalize(gradient, scale, zeros);
  const products = () => overChannels(graph, graph.add("Mul", [gradient, normalize(x, ones, mean)]));
  return [
    byInput,
    products,
    () => overChannels(graph, gradient),
    () => graph.add("Neg", [overChannels(graph, byInput())]),
    () => {
      const spread = graph.add("Add", [variance, graph.scalar(epsilon.float)]);
      const half = graph.add("Mul", [scale, graph.scalar(-0.5)]);
      return graph.add("Mul", [products(), graph.add("Div", [half, spread])]);
    },
  ];
};

/** The sum over all axes but the second. */
function overChannels(graph: GradientGraph, value: string): string {
  return graph.sum(graph.add("Reshape", [value, graph.int64s([0, 0, -1])]), [0, 2]);
}
