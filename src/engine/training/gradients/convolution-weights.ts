/**
 * The gradient of a convolution by its weights [M, C/group, …]: for every position in the kernel, the products of what it saw
 * with the gradient of what came out, summed over samples and outputs. Samples take the place of the channels that are
 * summed over, so that both are transposed first.
 */
import { elementCount } from "../../onnx/tensor";
import type { GradientGraph } from "./gradient-graph";
import { cropped, spatialAxes, type Window } from "./window";

/** Beyond the end of any axis: as far as Slice can go. */
const TO_THE_END = 2 ** 31 - 1;

/** Kernel positions for each input channel of a group up to which a matrix product a position is the faster way. */
const POSITIONS_PER_CHANNEL = 2;

/**
 * @param x [N, C, …]
 * @param gradient of the convolution's output [N, M, …]
 * @param dims of the weights
 */
export function convolutionWeightGradient(
  graph: GradientGraph,
  x: string,
  gradient: string,
  dims: readonly number[],
  window: Window,
  group: number,
): string {
  const isDense = window.strides.every((stride) => stride === 1);
  const positions = elementCount(window.kernel);
  return (group > 1 && isDense) || positions <= POSITIONS_PER_CHANNEL * dims[1]
    ? productPerPosition(graph, x, gradient, dims, window, group)
    : oneConvolution(graph, x, gradient, dims, window, group);
}

/**
 * [M, samples and outputs] · [C, samples and outputs]ᵀ for each kernel position, on the part of the input that the position saw. With
 * strides, the input is first taken apart into those parts that are seen together.
 */
function productPerPosition(
  graph: GradientGraph,
  x: string,
  gradient: string,
  dims: readonly number[],
  { kernel, strides, dilations, pads }: Window,
  group: number,
): string {
  const [outputs, channels] = dims;
  const axes = graph.int64s(spatialAxes(kernel.length));
  const rows = (value: string, count: number) => graph.add("Reshape", [value, graph.int64s([group, count, -1])]);
  const right = padded(graph, swapped(graph, x, kernel.length), pads);
  const left = rows(swapped(graph, gradient, kernel.length), outputs / group);
  const size = graph.add("Shape", [gradient], { start: 2 });
  const parts = new Map<string, string>();
  const partFrom = (start: readonly number[]): string => {
    if (strides.every((stride) => stride === 1)) return right;
    let part = parts.get(start.join());
    if (part === undefined) {
      const ends = graph.int64s(kernel.map(() => TO_THE_END));
      part = graph.add("Slice", [right, graph.int64s(start), ends, axes, graph.int64s(strides)]);
      parts.set(start.join(), part);
    }
    return part;
  };
  const products = kernelPositions(kernel).map((position) => {
    const offset = position.map((index, axis) => index * dilations[axis]);
    const part = partFrom(offset.map((at, axis) => at % strides[axis]));
    const start = graph.int64s(offset.map((at, axis) => Math.floor(at / strides[axis])));
    const seen = graph.add("Slice", [part, start, graph.add("Add", [size, start]), axes]);
    const product = graph.addRuntime("FusedMatMul", [left, rows(seen, channels)], { transB: 1 });
    return graph.add("Unsqueeze", [product, graph.int64s([-1])]);
  });
  return graph.add("Reshape", [graph.add("Concat", products, { axis: -1 }), graph.int64s(dims)]);
}

/** A convolution of the input with the output gradient, in which strides and dilations change places. */
function oneConvolution(
  graph: GradientGraph,
  x: string,
  gradient: string,
  dims: readonly number[],
  { kernel, strides, dilations, pads }: Window,
  group: number,
): string {
  const images = group === 1 ? swapped(graph, x, kernel.length) : samplesAsChannels(graph, x, dims, group);
  const filters = swapped(graph, gradient, kernel.length);
  const products = graph.add("Conv", [images, filters], { strides: dilations, dilations: strides, pads, group });
  const inKernel = strides.every((stride) => stride === 1)
    ? products
    : cropped(graph, products, graph.int64s(kernel), kernel.length);
  return swapped(graph, inKernel, kernel.length);
}

/** With the first two axes exchanged. */
function swapped(graph: GradientGraph, value: string, spatialRank: number): string {
  return graph.add("Transpose", [value], { perm: [1, 0, ...spatialAxes(spatialRank)] });
}

/** [N, group·C, …] as [C, group·N, …]. */
function samplesAsChannels(graph: GradientGraph, x: string, dims: readonly number[], group: number): string {
  const channels = dims[1];
  const spatial = graph.add("Shape", [x], { start: 2 });
  const reshaped = (value: string, leading: readonly number[]) =>
    graph.add("Reshape", [value, graph.add("Concat", [graph.int64s(leading), spatial], { axis: 0 })]);
  const grouped = reshaped(x, [-1, group, channels]);
  const perm = [2, 1, 0, ...spatialAxes(dims.length - 2).map((axis) => axis + 1)];
  return reshaped(graph.add("Transpose", [grouped], { perm }), [channels, -1]);
}

function padded(graph: GradientGraph, value: string, pads: readonly number[]): string {
  if (pads.every((pad) => pad === 0)) return value;
  const rank = pads.length / 2;
  return graph.add("Pad", [value, graph.int64s([0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)])]);
}

/** All positions in a kernel, in row-major order. */
function kernelPositions(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (positions, size) => positions.flatMap((outer) => Array.from({ length: size }, (_, index) => [...outer, index])),
    [[]],
  );
}
