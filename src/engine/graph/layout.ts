/**
 * Weight layouts: how an ONNX weight tensor maps to the order in which codes are computed and stored.
 *
 * Inside the engine weights are *channel-major*: all weights of output channel 0, then channel 1, and so on, with the
 * input axis innermost (OHWI for convolutions, [out][in] for dense layers). Schemes then see one contiguous run per
 * channel, blocks along the input axis are contiguous, and the emitted C needs no further shuffling.
 */
import { elementCount, rowMajorStrides } from "../onnx/tensor";
import { orderKey, ownOrder, transposedOrder } from "./element-order";

export interface WeightLayout {
  /** The model's dimensions split so that `permutation` applies (grouped ConvTranspose splits axis 0 into group and input). */
  readonly viewDims: readonly number[];
  /** Axis of `viewDims` that becomes axis i of the channel-major order. */
  readonly permutation: readonly number[];
  /** Output channels. */
  readonly channels: number;
  /** Weights per output channel. */
  readonly perChannel: number;
  /** Name of the channel-major order, for example `OHWI`. */
  readonly name: string;
  /** Dimensions in channel-major order, one per letter of `name`. */
  readonly storedDims: readonly number[];
  /** Name of the model's own order, for example `OIHW`. */
  readonly onnxName: string;
}

/** Weights in channel-major order: `values[channel * perChannel + i]`. */
export interface ChannelMajorWeights {
  readonly values: Float32Array;
  readonly channels: number;
  readonly perChannel: number;
}

type IntegerArray = Int32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** Copies a tensor of the model into channel-major order. `source.length` must equal the layout's element count. */
export function toChannelMajor(source: Float32Array, layout: WeightLayout): ChannelMajorWeights {
  const { channels, perChannel } = layout;
  return { values: permuteAxes(source, layout.viewDims, layout.permutation), channels, perChannel };
}

/** The inverse of {@link toChannelMajor}, for codes as well as for values. */
export function toOnnxOrder(source: Float32Array, layout: WeightLayout): Float32Array;
export function toOnnxOrder<T extends IntegerArray>(source: T, layout: WeightLayout): T;
export function toOnnxOrder(source: Float32Array | IntegerArray, layout: WeightLayout): Float32Array | IntegerArray {
  const target = source.slice();
  if (isIdentity(layout.permutation)) return target;
  forEachPermuted(layout.viewDims, layout.permutation, (onnxIndex, storedIndex) => {
    target[onnxIndex] = source[storedIndex];
  });
  return target;
}

/** In what order channel-major weights take the elements of the model's tensor; equal for equal orders only. */
export function storedOrder({ viewDims, permutation }: WeightLayout): string {
  return orderKey(transposedOrder(ownOrder("", elementCount(viewDims)), viewDims, permutation));
}

/** The tensor with axis `permutation[i]` moved to position i, as ONNX Transpose does it; the source itself if nothing moves. */
export function permuteAxes(
  source: Float32Array,
  dims: readonly number[],
  permutation: readonly number[],
): Float32Array {
  if (isIdentity(permutation)) return source;
  const target = new Float32Array(source.length);
  forEachPermuted(dims, permutation, (sourceIndex, targetIndex) => {
    target[targetIndex] = source[sourceIndex];
  });
  return target;
}

function isIdentity(permutation: readonly number[]): boolean {
  return permutation.every((axis, index) => axis === index);
}

/** Calls `visit(index in the order of dims, index in the permuted order)` for every element. */
function forEachPermuted(
  dims: readonly number[],
  permutation: readonly number[],
  visit: (index: number, permutedIndex: number) => void,
): void {
  const strides = rowMajorStrides(dims);
  const total = elementCount(dims);
  const rank = permutation.length;
  const counter = new Float64Array(rank);
  let index = 0;
  for (let permutedIndex = 0; permutedIndex < total; permutedIndex++) {
    visit(index, permutedIndex);
    for (let position = rank - 1; position >= 0; position--) {
      const axis = permutation[position];
      index += strides[axis];
      counter[position]++;
      if (counter[position] < dims[axis]) break;
      index -= strides[axis] * dims[axis];
      counter[position] = 0;
    }
  }
}
