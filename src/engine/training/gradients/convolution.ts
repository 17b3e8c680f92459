/** Conv and ConvTranspose, each of which is the other's gradient by the input. */
import type { NodeProto } from "onnx-buf";
import { findAttribute, intAttribute } from "../../graph/attributes";
import type { GradientGraph } from "./gradient-graph";
import { notDifferentiable } from "./refusal";
import type { GradientRule } from "./rule";
import { windowOf, type Window } from "./window";

export const conv: GradientRule = ({ node, gradient, graph }) => {
  const [x, w] = node.input;
  const group = intAttribute(node, "group", 1);
  const dims = weightDims(node, graph);
  const window = windowOf(node, dims.slice(2));
  return [
    () => graph.transposedWindows(gradient, w, window, group, x),
    () => weightGradient(graph, x, gradient, dims, window, group),
    () => biasGradient(graph, gradient, dims.length),
  ];
};

export const convTranspose: GradientRule = ({ node, gradient, graph }) => {
  const [x, w] = node.input;
  const group = intAttribute(node, "group", 1);
  const dims = weightDims(node, graph);
  const window = windowOf(node, dims.slice(2));
  if (findAttribute(node, "output_shape") !== undefined) {
    throw notDifferentiable(node, "its padding is chosen at run time (output_shape)");
  }
  const { strides, dilations, pads } = window;
  return [
    () => graph.add("Conv", [gradient, w], { strides, dilations, pads, group }),
    () => weightGradient(graph, gradient, x, dims, window, group),
    () => biasGradient(graph, gradient, dims.length),
  ];
};

/**
 * The gradient of Conv by its weights [M, C/group, …]: sums of products of input and output gradient over samples and output
 * positions. That is a convolution of the input with the output gradient, in which samples are the channels that are
 * summed over, strides and dilations change places, and what the stride left over at the ends is cropped.
 *
 * @param x [N, C, …]
 * @param gradient [N, M, …]
 */
function weightGradient(
  graph: GradientGraph,
  x: string,
  gradient: string,
  dims: readonly number[],
  { strides, dilations, pads, kernel }: Window,
  group: number,
): string {
  const swapped = [1, 0, ...kernel.map((_, axis) => axis + 2)];
  const images =
    group === 1 ? graph.add("Transpose", [x], { perm: swapped }) : samplesAsChannels(graph, x, dims, group);
  const filters = graph.add("Transpose", [gradient], { perm: swapped });
  const products = graph.add("Conv", [images, filters], { strides: dilations, dilations: strides, pads, group });
  const cropped = strides.every((stride) => stride === 1)
    ? products
    : graph.crop(products, graph.int64s(kernel), kernel.length);
  return graph.add("Transpose", [cropped], { perm: swapped });
}

/** [N, group·C, …] as [C, group·N, …]. */
function samplesAsChannels(graph: GradientGraph, x: string, dims: readonly number[], group: number): string {
  const channels = dims[1];
  const spatial = graph.add("Shape", [x], { start: 2 });
  const reshaped = (value: string, leading: readonly number[]) =>
    graph.add("Reshape", [value, graph.add("Concat", [graph.int64s(leading), spatial], { axis: 0 })]);
  const grouped = reshaped(x, [-1, group, channels]);
  const perm = [2, 1, 0, ...dims.slice(2).map((_, axis) => axis + 3)];
  return reshaped(graph.add("Transpose", [grouped], { perm }), [channels, -1]);
}

function biasGradient(graph: GradientGraph, gradient: string, rank: number): string {
  return graph.sum(gradient, [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2)]);
}

function weightDims(node: NodeProto, graph: GradientGraph): readonly number[] {
  const dims = graph.dims(node.input[1]);
  if (dims === undefined) throw notDifferentiable(node, "the shape of its weights is known only when it runs");
  return dims;
}
