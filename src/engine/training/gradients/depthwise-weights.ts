/** The gradient of a depthwise convolution of planes by its weights. */
import type { GradientGraph } from "./gradient-graph";
import { swapped, type Window } from "./window";

/**
 * For each channel and kernel row one matrix product, over samples and rows, of columns of the output's gradient with columns
 * of what the kernel row saw. Of that the kernel's columns are diagonals. All other products are in vain, and yet it is faster
 * than to gather what each weight saw, in images of up to a hundred columns or so.
 *
 * @param x [N, C, H, W]
 * @param gradient of the convolution's output [N, C, rows, columns]
 * @returns [C, 1, kernel rows, kernel columns]
 */
export function depthwiseWeightGradient(
  graph: GradientGraph,
  x: string,
  gradient: string,
  channels: number,
  window: Window,
): string {
  const { kernel, strides, dilations, pads } = window;
  const images = swapped(graph, x, 2);
  const gradients = swapped(graph, gradient, 2);
  const rows = graph.add("Shape", [gradient], { start: 2, end: 3 });
  const rowsOfChannels = (value: string) => {
    const columns = graph.add("Shape", [value], { start: 3 });
    return graph.add("Reshape", [value, graph.add("Concat", [graph.int64s([channels, -1]), columns], { axis: 0 })]);
  };
  const height = graph.int64s([2]);
  const products = Array.from({ length: kernel[0] }, (_, kernelRow) => {
    const offset = kernelRow * dilations[0] - pads[0];
    // Rows of the output for which this row of the kernel lies in the padding are left out.
    const first = Math.max(0, Math.ceil(-offset / strides[0]));
    const start = graph.int64s([first * strides[0] + offset]);
    const skipped = graph.int64s([first]);
    const left = graph.add("Max", [graph.add("Sub", [rows, skipped]), graph.int64s([0])]);
    const step = graph.int64s([strides[0]]);
    const end = graph.add("Add", [graph.add("Mul", [left, step]), start]);
    const seen = graph.add("Slice", [images, start, end, height, step]);
    const count = graph.add("Shape", [seen], { start: 2, end: 3 });
    const weighed = graph.add("Slice", [gradients, skipped, graph.add("Add", [count, skipped]), height]);
    const factors = [rowsOfChannels(weighed), rowsOfChannels(seen)];
    const product = graph.addRuntime("FusedMatMul", factors, { transA: 1 });
    // ONNX Runtime leaves a product over nothing as it finds it in memory.
    const isEmpty = graph.add("Equal", [count, graph.int64s([0])]);
    const sums = graph.add("Where", [isEmpty, graph.scalar(0), product]);
    return graph.add("Unsqueeze", [sums, graph.int64s([1])]);
  });
  const all = graph.add("Concat", products, { axis: 1 });
  const padded = graph.add("Pad", [all, graph.int64s([0, 0, 0, pads[1], 0, 0, 0, pads[3]])]);
  return diagonals(graph, padded, graph.add("Shape", [gradient], { start: 3 }), channels, window);
}

/**
 * Sums of the elements (j, stride · j + dilation · k) of matrices. With as many zeros behind each matrix as the stride has in
 * all of its rows, rows that are longer by the stride have every diagonal in a column.
 *
 * @param matrices [C, kernel rows, columns of the output, columns of the padded input]
 * @param columns int64 list of the number of columns of the output
 * @returns [C, 1, kernel rows, kernel columns]
 */
function diagonals(
  graph: GradientGraph,
  matrices: string,
  columns: string,
  channels: number,
  { kernel, strides, dilations }: Window,
): string {
  const stride = strides[1];
  const dilation = dilations[1];
  const lists = graph.int64s([channels, kernel[0]]);
  const flat = graph.add("Reshape", [matrices, graph.int64s([channels, kernel[0], -1])]);
  const zeros = graph.add("Mul", [columns, graph.int64s([stride])]);
  const longer = graph.add("Pad", [flat, graph.add("Concat", [graph.int64s([0, 0, 0, 0, 0]), zeros], { axis: 0 })]);
  const shape = graph.add("Concat", [lists, columns, graph.int64s([-1])], { axis: 0 });
  const sums = graph.sum(graph.add("Reshape", [longer, shape]), [2]);
  const end = graph.int64s([(kernel[1] - 1) * dilation + 1]);
  const weights = graph.add("Slice", [sums, graph.int64s([0]), end, graph.int64s([2]), graph.int64s([dilation])]);
  return graph.add("Reshape", [weights, graph.int64s([channels, 1, ...kernel])]);
}
