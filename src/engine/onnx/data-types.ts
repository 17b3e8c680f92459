/** ONNX element types: names and sizes. */
import { TensorProto_DataType, TensorProto_DataTypeSchema } from "onnx-buf";

/** Codes of the element types. Plain numbers, as `data_type` holds them: a file may carry a code that ONNX does not have. */
export const DataType: Readonly<Record<keyof typeof TensorProto_DataType, number>> = TensorProto_DataType;

/** Lower-case name of an element type, as the ONNX specification spells it: float, float16, int64, … */
export function dataTypeName(dataType: number): string {
  const known = TensorProto_DataTypeSchema.values.find((value) => value.number === dataType);
  return known?.name.toLowerCase() ?? `type ${dataType}`;
}

/** Bytes of one element, of the types that Bitwright reads as real numbers. */
const FLOAT_BYTES: ReadonlyMap<number, number> = new Map([
  [DataType.FLOAT, 4],
  [DataType.DOUBLE, 8],
  [DataType.FLOAT16, 2],
  [DataType.BFLOAT16, 2],
]);

/** Bytes of one element of the integer types that shapes and axes come in. */
const INTEGER_BYTES: ReadonlyMap<number, number> = new Map([
  [DataType.INT32, 4],
  [DataType.INT64, 8],
]);

export function isFloatType(dataType: number): boolean {
  return FLOAT_BYTES.has(dataType);
}

export function isIndexType(dataType: number): boolean {
  return INTEGER_BYTES.has(dataType);
}

/** Magnitudes that round to infinity, of the float types where those are finite in single precision. */
const ROUNDING_LIMIT: ReadonlyMap<number, number> = new Map([
  [DataType.FLOAT16, 65520],
  [DataType.BFLOAT16, (2 - 2 ** -8) * 2 ** 127],
]);

/** Single-precision numbers of this magnitude and above become infinite in the type. */
export function roundingLimit(dataType: number): number {
  return ROUNDING_LIMIT.get(dataType) ?? Infinity;
}

/** Bytes of one element; undefined for types whose values Bitwright does not read. */
export function elementBytes(dataType: number): number | undefined {
  return FLOAT_BYTES.get(dataType) ?? INTEGER_BYTES.get(dataType);
}

/** Bytes of one element as ONNX stores it, of all types that take whole bytes. */
const STORED_BYTES: ReadonlyMap<number, number> = new Map([
  ...FLOAT_BYTES,
  ...INTEGER_BYTES,
  [DataType.BOOL, 1],
  [DataType.INT8, 1],
  [DataType.UINT8, 1],
  [DataType.INT16, 2],
  [DataType.UINT16, 2],
  [DataType.UINT32, 4],
  [DataType.UINT64, 8],
]);

/** Bytes of one stored element; undefined for text, and for types of which several share a byte. */
export function storedElementBytes(dataType: number): number | undefined {
  return STORED_BYTES.get(dataType);
}
