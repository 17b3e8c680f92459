/** Element types of data files and of model inputs, under the names that ONNX Runtime gives them. */
import { fromFloat16, toFloat16 } from "../onnx/half";
import type { RuntimeData } from "../runtime";

export const ELEMENT_TYPES = [
  "float16",
  "float32",
  "float64",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "bool",
] as const;

export type ElementType = (typeof ELEMENT_TYPES)[number];

/** The element type of that name; undefined for types that data cannot have, strings and complex numbers for example. */
export function elementType(name: string): ElementType | undefined {
  return ELEMENT_TYPES.find((type) => type === name);
}

interface Element {
  readonly bytes: number;
  readonly get: (view: DataView, offset: number, littleEndian: boolean) => number;
  readonly allocate: (length: number) => RuntimeData;
  /** Smallest and largest value; of float types the largest finite one. */
  readonly min: number;
  readonly max: number;
}

const FLOAT32_MAX = (2 - 2 ** -23) * 2 ** 127;
const FLOAT16_MAX = 65504;

const ELEMENTS: Readonly<Record<ElementType, Element>> = {
  float16: {
    bytes: 2,
    get: (view, offset, littleEndian) => fromFloat16(view.getUint16(offset, littleEndian)),
    allocate: (length) => new Uint16Array(length),
    min: -FLOAT16_MAX,
    max: FLOAT16_MAX,
  },
  float32: {
    bytes: 4,
    get: (view, offset, littleEndian) => view.getFloat32(offset, littleEndian),
    allocate: (length) => new Float32Array(length),
    min: -FLOAT32_MAX,
    max: FLOAT32_MAX,
  },
  float64: {
    bytes: 8,
    get: (view, offset, littleEndian) => view.getFloat64(offset, littleEndian),
    allocate: (length) => new Float64Array(length),
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
  },
  int8: {
    bytes: 1,
    get: (view, offset) => view.getInt8(offset),
    allocate: (length) => new Int8Array(length),
    min: -(2 ** 7),
    max: 2 ** 7 - 1,
  },
  uint8: {
    bytes: 1,
    get: (view, offset) => view.getUint8(offset),
    allocate: (length) => new Uint8Array(length),
    min: 0,
    max: 2 ** 8 - 1,
  },
  int16: {
    bytes: 2,
    get: (view, offset, littleEndian) => view.getInt16(offset, littleEndian),
    allocate: (length) => new Int16Array(length),
    min: -(2 ** 15),
    max: 2 ** 15 - 1,
  },
  uint16: {
    bytes: 2,
    get: (view, offset, littleEndian) => view.getUint16(offset, littleEndian),
    allocate: (length) => new Uint16Array(length),
    min: 0,
    max: 2 ** 16 - 1,
  },
  int32: {
    bytes: 4,
    get: (view, offset, littleEndian) => view.getInt32(offset, littleEndian),
    allocate: (length) => new Int32Array(length),
    min: -(2 ** 31),
    max: 2 ** 31 - 1,
  },
  uint32: {
    bytes: 4,
    get: (view, offset, littleEndian) => view.getUint32(offset, littleEndian),
    allocate: (length) => new Uint32Array(length),
    min: 0,
    max: 2 ** 32 - 1,
  },
  int64: {
    bytes: 8,
    get: (view, offset, littleEndian) => exactNumber(view.getBigInt64(offset, littleEndian)),
    allocate: (length) => new BigInt64Array(length),
    min: Number.MIN_SAFE_INTEGER,
    max: Number.MAX_SAFE_INTEGER,
  },
  uint64: {
    bytes: 8,
    get: (view, offset, littleEndian) => exactNumber(view.getBigUint64(offset, littleEndian)),
    allocate: (length) => new BigUint64Array(length),
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  },
  bool: {
    bytes: 1,
    get: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1),
    allocate: (length) => new Uint8Array(length),
    min: 0,
    max: 1,
  },
};

/** A 64-bit integer as a number; NaN where a double does not hold it exactly, which readers refuse as not finite. */
function exactNumber(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : NaN;
}

export function elementBytes(type: ElementType): number {
  return ELEMENTS[type].bytes;
}

/** The least and the greatest value that the type holds; of 64-bit integers those that a double holds exactly. */
export function elementRange(type: ElementType): { readonly min: number; readonly max: number } {
  return ELEMENTS[type];
}

export function isFloatElement(type: ElementType): boolean {
  return type.startsWith("float");
}

/** Zeroed storage as ONNX Runtime wants it: float16 as bit patterns, bool as bytes. */
export function allocateElements(type: ElementType, length: number): RuntimeData {
  return ELEMENTS[type].allocate(length);
}

/**
 * Reads elements as real numbers.
 * @param bytes at least `target.length` elements
 * @param target one number an element; NaN for a 64-bit integer that a double does not hold exactly
 */
export function readElements(type: ElementType, bytes: Uint8Array, littleEndian: boolean, target: Float64Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { get, bytes: step } = ELEMENTS[type];
  for (let i = 0, offset = 0; i < target.length; i++, offset += step) target[i] = get(view, offset, littleEndian);
}

/**
 * Writes finite real numbers, within the type's range and whole where it is an integer type, as elements.
 * @param start index in `target` of the first
 */
export function writeElements(type: ElementType, values: Float64Array, target: RuntimeData, start: number): void {
  if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) target[start + i] = BigInt(values[i]);
  } else if (type === "float16") {
    for (let i = 0; i < values.length; i++) target[start + i] = toFloat16(values[i]);
  } else {
    target.set(values, start);
  }
}
