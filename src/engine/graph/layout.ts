/**
 * Weight layouts: how an ONNX weight tensor maps to the order in which codes are computed and stored.
 *
 * Inside the engine weights are *channel-major*: all weights of output channel 0, then channel 1, and so on, with the
 * input axis innermost (OHWI for convolutions, [out][in] for dense layers). Schemes then see one contiguous run per
 * channel, blocks along the input axis are contiguous, and the emitted C needs no further shuffling.
 */
import { elementCount, rowMajorStrides } from "../onnx/tensor";

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

type NumberArray = Float32Array | Int32Array | Int16Array | Int8Array;

/** Copies a tensor of the model into channel-major order. `source.length` must equal the layout's element count. */
export function toChannelMajor(source: Float32Array, layout: WeightLayout): ChannelMajorWeights {
  const { channels, perChannel } = layout;
  return { values: permuted(source, layout), channels, perChannel };
}

/** The inverse of {@link toChannelMajor}, for codes as well as for values. */
export function toOnnxOrder<T extends NumberArray>(source: T, layout: WeightLayout): T {
  if (isIdentity(layout)) return source.slice() as T;
  const target = source.slice() as T;
  forEachPermuted(layout, (onnxIndex, storedIndex) => {
    target[onnxIndex] = source[storedIndex]!;
  });
  return target;
}

function permuted(source: Float32Array, layout: WeightLayout): Float32Array {
  if (isIdentity(layout)) return source;
  const target = new Float32Array(source.length);
  forEachPermuted(layout, (onnxIndex, storedIndex) => {
    target[storedIndex] = source[onnxIndex]!;
  });
  return target;
}

function isIdentity(layout: WeightLayout): boolean {
  return layout.permutation.every((axis, index) => axis === index);
}

/** Calls `visit(index in the model's order, index in channel-major order)` for every element. */
function forEachPermuted(layout: WeightLayout, visit: (onnxIndex: number, storedIndex: number) => void): void {
  const { viewDims, permutation } = layout;
  const strides = rowMajorStrides(viewDims);
  const total = elementCount(viewDims);
  const rank = permutation.length;
  const counter = new Int32Array(rank);
  let onnxIndex = 0;
  for (let storedIndex = 0; storedIndex < total; storedIndex++) {
    visit(onnxIndex, storedIndex);
    for (let position = rank - 1; position >= 0; position--) {
      const axis = permutation[position]!;
      const stride = strides[axis]!;
      onnxIndex += stride;
      counter[position]!++;
      if (counter[position]! < viewDims[axis]!) break;
      onnxIndex -= stride * viewDims[axis]!;
      counter[position] = 0;
    }
  }
}
