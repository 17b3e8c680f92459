/**
 * The gradient of a convolution by its weights [M, C/group, …]: for every position in the kernel, the products of what it saw
 * with the gradient of what came out, summed over samples and outputs. There are several ways to it, each the fastest somewhere.
 */
import { elementCount } from "../../onnx/tensor";
import { depthwiseWeightGradient } from "./depthwise-weights";
import type { GradientGraph } from "./gradient-graph";
import { cropped, spatialAxes, swapped, type Window } from "./window";

/** Beyond the end of any axis: as far as Slice can go. */
const TO_THE_END = 2 ** 31 - 1;

/** Kernel positions for each input channel of a group up to which a matrix product a position is the faster way. */
const POSITIONS_PER_CHANNEL = 2;

/** Above it, what the kernel saw takes more time to gather than to convolve. */
const POSITIONS_OF_SMALL_KERNEL = 9;

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
  if (positions <= POSITIONS_PER_CHANNEL * dims[1] || (group > 1 && isDense)) {
    return productPerPosition(graph, x, gradient, dims, window, group);
  }
  const isDepthwise = dims[0] === group && dims[1] === 1;
  if (isDepthwise && window.kernel.length === 2) return depthwiseWeightGradient(graph, x, gradient, group, window);
  return group > 1 || positions <= POSITIONS_OF_SMALL_KERNEL
    ? productPerSample(graph, x, gradient, dims, window, group)
    : oneConvolution(graph, x, gradient, window);
}

/**
 * [M, samples and outputs] · [C, samples and outputs]ᵀ for each kernel position, on the part of the input that the position
 * saw. With strides, the input is first taken apart into those parts that are seen together.
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

/** [M, outputs] · [C and positions, outputs]ᵀ for each sample, on what a convolution with ones at single positions has gathered. */
function productPerSample(
  graph: GradientGraph,
  x: string,
  gradient: string,
  dims: readonly number[],
  { kernel, strides, dilations, pads }: Window,
  group: number,
): string {
  const [outputs, channels] = dims;
  const positions = elementCount(kernel);
  const inputs = channels * group;
  const ones = Array.from({ length: inputs * positions * positions }, (_, i) => {
    return Math.floor(i / positions) % positions === i % positions ? 1 : 0;
  });
  const single = graph.add("Reshape", [graph.floats(ones), graph.int64s([inputs * positions, 1, ...kernel])]);
  const gathered = graph.add("Conv", [x, single], { strides, dilations, pads, group: inputs });
  const rows = (value: string, count: number) => graph.add("Reshape", [value, graph.int64s([0, group, count, -1])]);
  const seen = rows(gathered, channels * positions);
  // A matrix times a column takes half as long as a row times its transpose.
  const products =
    outputs === group
      ? graph.add("MatMul", [seen, graph.add("Reshape", [gradient, graph.int64s([0, group, -1, 1])])])
      : graph.addRuntime("FusedMatMul", [rows(gradient, outputs / group), seen], { transB: 1 });
  return graph.add("Reshape", [graph.sum(products, [0]), graph.int64s(dims)]);
}

/**
 * A convolution of the input with the output gradient, in which samples are the channels that are summed over, and strides and
 * dilations change places.
 */
function oneConvolution(
  graph: GradientGraph,
  x: string,
  gradient: string,
  { kernel, strides, dilations, pads }: Window,
): string {
  const images = swapped(graph, x, kernel.length);
  const filters = swapped(graph, gradient, kernel.length);
  const products = graph.add("Conv", [images, filters], { strides: dilations, dilations: strides, pads });
  const inKernel = strides.every((stride) => stride === 1)
    ? products
    : cropped(graph, products, graph.int64s(kernel), kernel.length);
  return swapped(graph, inKernel, kernel.length);
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
