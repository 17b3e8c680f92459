/** TensorProto to numbers: every float type, raw and typed fields, external data. */
import { TensorProto_DataLocation as DataLocation, type TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import type { ModelSource } from "../model-source";
import { DataType, dataTypeName, elementBytes, isFloatType, isIndexType } from "./data-types";
import { externalRange, type ExternalRange } from "./external-data";
import { fromBfloat16, fromFloat16 } from "./half";
import { elementCount, type FloatTensor } from "./tensor";
import { tensorDims, tensorPlace } from "./tensor-shape";

/** Float32Array views on raw data are little-endian only on hosts that are. */
const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Longest list of integers that is read; shapes, axes and permutations have one entry a dimension. */
const MAX_INTEGERS = 1024;

/**
 * Number of elements that the tensor declares, checked against the data that it carries; without reading external data,
 * and without looking at the data of types whose values Bitwright does not read.
 * @throws BitwrightError tensor-shape
 */
export function checkedElementCount(tensor: TensorProto): number {
  const count = elementCount(tensorDims(tensor));
  const size = elementBytes(tensor.dataType);
  if (size === undefined || tensor.dataLocation === DataLocation.EXTERNAL) return count;
  const raw = tensor.rawData.length;
  const typed = typedField(tensor).length;
  if (raw > 0 && raw !== count * size) throw shapeMismatch(tensor, `${count * size} bytes`, `${raw} bytes`);
  if (raw === 0 && typed !== count) throw shapeMismatch(tensor, `${count} values`, `${typed} values`);
  return count;
}

/**
 * A float, double, float16 or bfloat16 tensor in single precision. The values are a view on the model's bytes where
 * type and alignment allow.
 *
 * @throws BitwrightError tensor-type for other types, tensor-shape where shape and data disagree (checked before
 *   anything is allocated), external-data-* from the source
 */
export function decodeFloatTensor(tensor: TensorProto, source: ModelSource): FloatTensor {
  if (!isFloatType(tensor.dataType)) throw wrongType(tensor, "a float type");
  const count = checkedElementCount(tensor);
  const bytes = rawBytes(tensor, count, source);
  return { dims: tensorDims(tensor), values: bytes === null ? typedFloats(tensor) : rawFloats(tensor.dataType, bytes) };
}

/**
 * A short int64 or int32 tensor, as shapes and axes are given.
 * @throws BitwrightError as {@link decodeFloatTensor}; tensor-shape also for more than 1024 values or one beyond ±2^53
 */
export function decodeIntegers(tensor: TensorProto, source: ModelSource): number[] {
  if (!isIndexType(tensor.dataType)) throw wrongType(tensor, "int64 or int32");
  const count = checkedElementCount(tensor);
  if (count > MAX_INTEGERS) throw shapeMismatch(tensor, `at most ${MAX_INTEGERS} values`, count);
  const bytes = rawBytes(tensor, count, source);
  const values = bytes === null ? typedField(tensor).map(Number) : rawIntegers(tensor.dataType, bytes);
  if (!values.every(Number.isSafeInteger)) throw shapeMismatch(tensor, "values below 2^53", "larger ones");
  return values;
}

/** The tensor's bytes, from the model or beside it, of exactly the declared length; null where a typed field holds the data. */
function rawBytes(tensor: TensorProto, count: number, source: ModelSource): Uint8Array | null {
  const expected = count * elementBytes(tensor.dataType)!;
  const range = externalRange(tensor);
  if (range !== null) return externalBytes(tensor, range, expected, source);
  return tensor.rawData.length === 0 ? null : tensor.rawData;
}

function externalBytes(tensor: TensorProto, range: ExternalRange, expected: number, source: ModelSource): Uint8Array {
  const { location, offset, length } = range;
  if (length !== expected) throw shapeMismatch(tensor, `${expected} bytes`, `${length ?? 0} bytes`);
  const bytes = read(() => source.readExternal(location, offset, expected), tensor);
  if (bytes.length !== expected) throw shapeMismatch(tensor, `${expected} bytes`, `${bytes.length} bytes`);
  return bytes;
}

function read(reader: () => Uint8Array, tensor: TensorProto): Uint8Array {
  try {
    return reader();
  } catch (thrown) {
    throw BitwrightError.from(thrown).within(tensorPlace(tensor));
  }
}

function rawFloats(dataType: number, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dataType) {
    case DataType.DOUBLE:
      return filled(bytes.length / 8, (index) => view.getFloat64(8 * index, true));
    case DataType.FLOAT16:
      return filled(bytes.length / 2, (index) => fromFloat16(view.getUint16(2 * index, true)));
    case DataType.BFLOAT16:
      return filled(bytes.length / 2, (index) => fromBfloat16(view.getUint16(2 * index, true)));
    default:
      return rawSingles(bytes, view);
  }
}

function rawSingles(bytes: Uint8Array, view: DataView): Float32Array {
  const count = bytes.length / 4;
  if (!HOST_IS_LITTLE_ENDIAN) return filled(count, (index) => view.getFloat32(4 * index, true));
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, count);
}

function typedFloats(tensor: TensorProto): Float32Array {
  const bits = tensor.int32Data;
  switch (tensor.dataType) {
    case DataType.FLOAT16:
      return filled(bits.length, (index) => fromFloat16(bits[index] & 0xffff));
    case DataType.BFLOAT16:
      return filled(bits.length, (index) => fromBfloat16(bits[index] & 0xffff));
    case DataType.DOUBLE:
      return Float32Array.from(tensor.doubleData);
    default:
      return Float32Array.from(tensor.floatData);
  }
}

/** The typed field that holds the data where there is no raw data. */
function typedField(tensor: TensorProto): readonly (number | bigint)[] {
  switch (tensor.dataType) {
    case DataType.FLOAT:
      return tensor.floatData;
    case DataType.DOUBLE:
      return tensor.doubleData;
    case DataType.INT64:
      return tensor.int64Data;
    default:
      return tensor.int32Data;
  }
}

function filled(count: number, valueAt: (index: number) => number): Float32Array {
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) values[index] = valueAt(index);
  return values;
}

function rawIntegers(dataType: number, bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return dataType === DataType.INT64
    ? Array.from({ length: bytes.length / 8 }, (_, index) => Number(view.getBigInt64(8 * index, true)))
    : Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(4 * index, true));
}

function wrongType(tensor: TensorProto, expected: string): BitwrightError {
  return new BitwrightError(
    "tensor-type",
    `the tensor is ${dataTypeName(tensor.dataType)} where ${expected} is needed`,
    "Export the model with float weights",
    tensorPlace(tensor),
  );
}

function shapeMismatch(tensor: TensorProto, expected: string, got: string | number): BitwrightError {
  return new BitwrightError(
    "tensor-shape",
    `the shape [${tensor.dims.slice(0, 8).join(", ")}] needs ${expected}, the data has ${got}`,
    "The file is damaged or was written by a faulty tool; export the model again",
    tensorPlace(tensor),
  );
}
