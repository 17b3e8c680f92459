/** Conv and ConvTranspose, each of which is the other's gradient by the input. */
import type { NodeProto } from "onnx-buf";
import { findAttribute, intAttribute } from "../../graph/attributes";
import { convolutionWeightGradient } from "./convolution-weights";
import type { GradientGraph } from "./gradient-graph";
import { notDifferentiable } from "./refusal";
import type { GradientRule } from "./rule";
import { transposedWindows, windowOf } from "./window";

export const conv: GradientRule = ({ node, gradient, graph }) => {
  const [x, weights] = node.input;
  const group = intAttribute(node, "group", 1);
  const dims = weightDims(node, graph);
  const window = windowOf(node, dims.slice(2));
  return [
    () => transposedWindows(graph, gradient, weights, window, group, x),
    () => convolutionWeightGradient(graph, x, gradient, dims, window, group),
    () => biasGradient(graph, gradient, dims.length),
  ];
};

export const convTranspose: GradientRule = ({ node, gradient, graph }) => {
  const [x, weights] = node.input;
  const group = intAttribute(node, "group", 1);
  const dims = weightDims(node, graph);
  const window = windowOf(node, dims.slice(2));
  if (findAttribute(node, "output_shape") !== undefined) {
    throw notDifferentiable(node, "its padding is chosen at run time (output_shape)");
  }
  const { strides, dilations, pads } = window;
  return [
    () => graph.add("Conv", [gradient, weights], { strides, dilations, pads, group }),
    () => convolutionWeightGradient(graph, gradient, x, dims, window, group),
    () => biasGradient(graph, gradient, dims.length),
  ];
};

function biasGradient(graph: GradientGraph, gradient: string, rank: number): string {
  return graph.sum(gradient, [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2)]);
}

function weightDims(node: NodeProto, graph: GradientGraph): readonly number[] {
  const dims = graph.dims(node.input[1]);
  if (dims === undefined) throw notDifferentiable(node, "the shape of its weights is known only when it runs");
  return dims;
}
