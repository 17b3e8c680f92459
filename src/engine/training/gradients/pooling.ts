/** MaxPool and AveragePool. */
import { intAttribute, intsAttribute } from "../../graph/attributes";
import { elementCount } from "../../onnx/tensor";
import { notDifferentiable } from "./refusal";
import type { GradientRule } from "./rule";
import { cropped, transposedWindows, windowOf } from "./window";

/** The gradient goes to where the largest elements were; the node says where, in its second output. */
export const maxPool: GradientRule = ({ node, gradient, graph }) => [
  () => graph.scatter(gradient, node.output[1], node.input[0]),
];

/** Every element of a window gets the same share: a transposed convolution of each channel with ones. */
export const averagePool: GradientRule = ({ node, gradient, graph }) => {
  const [x] = node.input;
  const kernel = intsAttribute(node, "kernel_shape") ?? [];
  const window = windowOf(node, kernel);
  const isIncomplete = intAttribute(node, "ceil_mode", 0) === 1;
  const includesPadding = intAttribute(node, "count_include_pad", 0) === 1;
  if (isIncomplete && includesPadding)
    throw notDifferentiable(node, "runtimes disagree on what windows beyond the padding are divided by (ceil_mode)");
  const { strides, dilations, pads } = window;
  // With ceil_mode the last window may begin so much later.
  const reach = pads.map((pad, i) => (isIncomplete && i >= kernel.length ? pad + strides[i - kernel.length] - 1 : pad));
  const ones = graph.add("Expand", [graph.scalar(1), graph.int64s([1, 1, ...kernel])]);
  const counts = () => {
    const image = graph.add("Concat", [graph.int64s([1, 1]), graph.add("Shape", [x], { start: 2 })], { axis: 0 });
    const covered = graph.add("Conv", [graph.add("Expand", [graph.scalar(1), image]), ones], {
      strides,
      dilations,
      pads: reach,
    });
    const size = graph.add("Shape", [gradient], { start: 2 });
    return isIncomplete ? cropped(graph, covered, size, kernel.length) : covered;
  };
  const isWhole = includesPadding || reach.every((pad) => pad === 0);
  return [
    () => {
      const shares = graph.add("Div", [gradient, isWhole ? graph.scalar(elementCount(kernel)) : counts()]);
      const spatial = graph.add("Shape", [shares], { start: 2 });
      const planes = graph.add("Reshape", [shares, graph.add("Concat", [graph.int64s([-1, 1]), spatial], { axis: 0 })]);
      return graph.reshapeLike(transposedWindows(graph, planes, ones, window, 1, x), x);
    },
  ];
};
