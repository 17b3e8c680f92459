/** Constant tensors as the engine computes with them. */

/** A float tensor in row-major (C) order; `values.length` is the product of `dims`. Values may be a view: never write to them. */
export interface FloatTensor {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Row-major strides of a shape, in elements. */
export function rowMajorStrides(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1] * dims[axis + 1];
  }
  return strides;
}
