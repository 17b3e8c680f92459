/** MaxPool and AveragePool. */
import { intAttribute, intsAttribute } from "../../graph/attributes";
import { elementCount } from "../../onnx/tensor";
import { notDifferentiable } from "./refusal";
import type { GradientRule } from "./rule";
import { transposedWindows, windowOf } from "./window";

/** The gradient goes to where the largest elements were; the node says where, in its second output. */
export const maxPool: GradientRule = ({ node, gradient, graph }) => [
  () => graph.scatter(gradient, node.output[1], node.input[0]),
];

/** Every element of a window gets the same share: a transposed convolution of each channel with ones. */
export const averagePool: GradientRule = ({ node, gradient, graph }) => {
  const [x] = node.input;
  const kernel = intsAttribute(node, "kernel_shape") ?? [];
  const window = windowOf(node, kernel);
  if (intAttribute(node, "ceil_mode", 0) === 1)
    throw notDifferentiable(node, "its last windows are incomplete (ceil_mode)");
  const { strides, dilations, pads } = window;
  const ones = graph.add("Expand", [graph.scalar(1), graph.int64s([1, 1, ...kernel])]);
  const counts = () => {
    const image = graph.add("Concat", [graph.int64s([1, 1]), graph.add("Shape", [x], { start: 2 })], { axis: 0 });
    return graph.add("Conv", [graph.add("Expand", [graph.scalar(1), image]), ones], { strides, dilations, pads });
  };
  const countsPadding = intAttribute(node, "count_include_pad", 0) === 1 || pads.every((pad) => pad === 0);
  return [
    () => {
      const shares = graph.add("Div", [gradient, countsPadding ? graph.scalar(elementCount(kernel)) : counts()]);
      const spatial = graph.add("Shape", [shares], { start: 2 });
      const planes = graph.add("Reshape", [shares, graph.add("Concat", [graph.int64s([-1, 1]), spatial], { axis: 0 })]);
      return graph.reshapeLike(transposedWindows(graph, planes, ones, window, 1, x), x);
    },
  ];
};
