/**
 * NumPy's array format, versions 1 to 3: a header that is a Python dictionary literal, then the elements in C order.
 * Format: numpy/lib/format.py, "NPY format" of NumPy's documentation.
 */
import { BitwrightError, shownName } from "../../protocol/errors";
import type { ElementType } from "./element-types";

/** An array in a file: what its header says. */
export interface ArrayHeader {
  readonly type: ElementType;
  readonly littleEndian: boolean;
  readonly dims: readonly number[];
  /** Byte offset of the first element. */
  readonly dataOffset: number;
}

/** Bytes of the file that suffice to know where its header ends. */
export const NPY_PREFIX_BYTES = 12;

/** NumPy's own limit on a header that it reads without being told to trust it. */
const MAX_HEADER_BYTES = 10_000;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const TYPES: ReadonlyMap<string, ElementType> = new Map([
  ["b1", "bool"],
  ["i1", "int8"],
  ["u1", "uint8"],
  ["i2", "int16"],
  ["u2", "uint16"],
  ["i4", "int32"],
  ["u4", "uint32"],
  ["i8", "int64"],
  ["u8", "uint64"],
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"],
]);

/**
 * Length of the header, prefix included.
 * @param prefix the first `NPY_PREFIX_BYTES` of the file
 * @throws BitwrightError data-invalid
 */
export function npyHeaderBytes(prefix: Uint8Array): number {
  if (prefix.length < NPY_PREFIX_BYTES || MAGIC.some((byte, index) => prefix[index] !== byte)) {
    throw invalid("it is not an .npy file");
  }
  const version = prefix[6];
  if (version < 1 || version > 3) throw invalid(`.npy version ${version} is unknown`);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const length = version === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) throw invalid(`its header declares ${length} bytes, more than ${MAX_HEADER_BYTES}`);
  return length;
}

/**
 * Reads the header.
 * @param bytes the first `npyHeaderBytes` of the file
 * @throws BitwrightError data-invalid for anything but a numeric array in C order
 */
export function parseNpyHeader(bytes: Uint8Array): ArrayHeader {
  const text = new TextDecoder().decode(bytes.subarray(bytes[6] === 1 ? 10 : 12));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (order === undefined || shape === undefined) throw invalid("its header cannot be read");
  const code = /^[<>|=]?([a-z]\d+)$/.exec(descr ?? "")?.[1];
  const type = TYPES.get(code ?? "");
  if (type === undefined) {
    throw invalid(`its element type is ${shownName(descr ?? "structured")}, expected numbers`);
  }
  const dims = shape
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  if (order === "True" && dims.filter((size) => size > 1).length > 1) {
    throw new BitwrightError(
      "data-invalid",
      "the array is in Fortran order",
      "Save it in C order: numpy.ascontiguousarray",
    );
  }
  return { type, littleEndian: descr?.startsWith(">") !== true, dims, dataOffset: bytes.length };
}

function invalid(problem: string): BitwrightError {
  return new BitwrightError("data-invalid", problem, "Save the array with numpy.save or numpy.savez");
}
