/** Sums, means and extremes over axes. */
import type { NodeProto } from "onnx-buf";
import { intAttribute } from "../../graph/attributes";
import type { GradientGraph } from "./gradient-graph";
import type { GradientRule } from "./rule";

export const reduceSum: GradientRule = ({ node, gradient, graph }) => [
  () => spread(graph, withAxes(node, graph, gradient), node.input[0]),
];

/** ReduceMean and GlobalAveragePool. */
export const mean: GradientRule = ({ node, gradient, graph }) => [
  () => {
    const [x] = node.input;
    const count = graph.add("Div", [graph.size(x), graph.size(node.output[0])]);
    return spread(graph, withAxes(node, graph, graph.add("Div", [gradient, count])), x);
  },
];

/** ReduceMax, ReduceMin and GlobalMaxPool: elements that are equally extreme share the gradient. */
export const reduceExtreme: GradientRule = ({ node, gradient, graph }) => [
  () => {
    const [x] = node.input;
    const axes = node.input[1] ?? "";
    const chosen = graph.add("Equal", [x, withAxes(node, graph, node.output[0])]);
    const shares = graph.float(chosen);
    const given = axes === "" ? [] : [axes];
    const count =
      node.opType === "GlobalMaxPool"
        ? graph.sumTo(shares, node.output[0])
        : graph.add("ReduceSum", [shares, ...given], { keepdims: 1 });
    return graph.add("Mul", [shares, graph.add("Div", [withAxes(node, graph, gradient), count])]);
  },
];

/** What a reduction made, with the axes that it dropped as axes of length 1. */
function withAxes(node: NodeProto, graph: GradientGraph, value: string): string {
  const isPool = node.opType.startsWith("Global");
  const axes = node.input[1] ?? "";
  if (isPool || intAttribute(node, "keepdims", 1) === 1 || axes === "") return value;
  return graph.add("Unsqueeze", [value, axes]);
}

function spread(graph: GradientGraph, value: string, like: string): string {
  return graph.add("Expand", [value, graph.shapeOf(like)]);
}
