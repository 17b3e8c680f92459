/**
 * The order in which a value's elements are stored.
 *
 * A layout is a nest of loops, outermost first: visiting it in order visits the stored elements, and the sum of
 * `index · stride` is the element's position in ONNX's row-major order. Loops of size 1 are left out and loops that run
 * into each other are one, so that equal orders are equal layouts. Reshaping a value changes nothing in its layout.
 */
export interface LayoutLoop {
  readonly size: number;
  /** In elements of ONNX's row-major order. */
  readonly stride: number;
}

export type Layout = readonly LayoutLoop[];

import { elementCount, rowMajorStrides } from "../onnx/tensor";

/** ONNX's own order. */
export function rowMajor(dims: readonly number[]): Layout {
  return mergedLoops([{ size: elementCount(dims), stride: 1 }]);
}

/** Batch, spatial axes, channels: NHWC for four dimensions. */
export function channelsLast(dims: readonly number[]): Layout {
  return permuted(dims, channelsLastOrder(dims.length));
}

/** Axes in channels-last order. */
export function channelsLastOrder(rank: number): number[] {
  return rank < 3 ? [...Array(rank).keys()] : [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), 1];
}

/** The stored order in which axis `order[i]` comes at position i. */
export function permuted(dims: readonly number[], order: readonly number[]): Layout {
  const strides = rowMajorStrides(dims);
  return mergedLoops(order.map((axis) => ({ size: dims[axis], stride: strides[axis] })));
}

export function isRowMajor(layout: Layout): boolean {
  return layout.length === 0 || (layout.length === 1 && layout[0].stride === 1);
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return a.length === b.length && a.every((loop, i) => loop.size === b[i].size && loop.stride === b[i].stride);
}

/**
 * The layout of the same stored elements after ONNX Transpose.
 * @param dims before the transposition
 * @returns null where a loop runs across axes in a way that no split into axes expresses
 */
export function transposedLayout(
  layout: Layout,
  dims: readonly number[],
  permutation: readonly number[],
): Layout | null {
  const loops = splitAtAxes(layout, dims);
  if (loops === null) return null;
  const strides = rowMajorStrides(dims);
  const newDims = permutation.map((axis) => dims[axis]);
  const newStrides = rowMajorStrides(newDims);
  return mergedLoops(
    loops.map(({ axis, size, stride }) => ({
      size,
      stride: (stride / strides[axis]) * newStrides[permutation.indexOf(axis)],
    })),
  );
}

/** For each stored position, the position in row-major order. */
export function storedToRowMajor(layout: Layout): Int32Array {
  const count = layout.reduce((product, { size }) => product * size, 1);
  const positions = new Int32Array(count);
  let block = count;
  for (const { size, stride } of layout) {
    block /= size;
    for (let i = 0; i < count; i++) positions[i] += (Math.floor(i / block) % size) * stride;
  }
  return positions;
}

/** The loops of the layout's innermost part that visits positions 0 to `count` − 1; null where it is not apart. */
export function innerLayout(layout: Layout, count: number): Layout | null {
  const inner: LayoutLoop[] = [];
  let size = 1;
  for (let i = layout.length - 1; i >= 0 && size < count; i--) {
    const loop = layout[i];
    const rest = count / size;
    if (loop.size > rest && loop.stride === 1 && loop.size % rest === 0) {
      inner.unshift({ size: rest, stride: loop.stride });
      size *= rest;
    } else {
      inner.unshift(loop);
      size *= loop.size;
    }
  }
  return size === count && inner.every((loop) => loop.stride * loop.size <= count) ? mergedLoops(inner) : null;
}

function splitAtAxes(layout: Layout, dims: readonly number[]): { axis: number; size: number; stride: number }[] | null {
  const strides = rowMajorStrides(dims);
  const parts: { axis: number; size: number; stride: number }[] = [];
  for (const loop of layout) {
    const own: { axis: number; size: number; stride: number }[] = [];
    let { size } = loop;
    let { stride } = loop;
    while (size > 1) {
      const axis = strides.findIndex((axisStride, i) => axisStride <= stride && stride < axisStride * dims[i]);
      if (axis < 0 || stride % strides[axis] !== 0) return null;
      const room = (strides[axis] * dims[axis]) / stride;
      const part = Math.min(size, room);
      if (!Number.isInteger(part) || size % part !== 0) return null;
      own.unshift({ axis, size: part, stride });
      size /= part;
      stride *= part;
    }
    parts.push(...own);
  }
  return parts;
}

/** The same visits with fewer loops: those of size 1 are left out, and those that run into each other are one. */
export function mergedLoops(loops: readonly LayoutLoop[]): LayoutLoop[] {
  const merged: LayoutLoop[] = [];
  for (const loop of loops) {
    if (loop.size === 1) continue;
    const last = merged.at(-1);
    if (last?.stride === loop.size * loop.stride)
      merged[merged.length - 1] = { size: last.size * loop.size, stride: loop.stride };
    else merged.push(loop);
  }
  return merged;
}
