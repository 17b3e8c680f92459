/** The IDX format of the MNIST files: a magic number, big-endian sizes, big-endian elements in C order. */
import { BitwrightError } from "../../protocol/errors";
import type { ElementType } from "./element-types";
import type { ArrayHeader } from "./npy";

/** Bytes of the file that suffice for `parseIdxHeader`. */
export const IDX_PREFIX_BYTES = 4 + 4 * 255;

const TYPES: ReadonlyMap<number, ElementType> = new Map([
  [0x08, "uint8"],
  [0x09, "int8"],
  [0x0b, "int16"],
  [0x0c, "int32"],
  [0x0d, "float32"],
  [0x0e, "float64"],
]);

/** Whether a file starts like one of this format. */
export function isIdx(prefix: Uint8Array): boolean {
  return prefix.length >= 4 && prefix[0] === 0 && prefix[1] === 0 && TYPES.has(prefix[2]) && prefix[3] > 0;
}

/**
 * Reads the header.
 * @param prefix the first `IDX_PREFIX_BYTES` of the file, or all of a shorter one
 * @throws BitwrightError data-invalid
 */
export function parseIdxHeader(prefix: Uint8Array): ArrayHeader {
  const type = isIdx(prefix) ? TYPES.get(prefix[2]) : undefined;
  const rank = prefix[3];
  const dataOffset = 4 + 4 * rank;
  if (type === undefined || prefix.length < dataOffset) {
    throw new BitwrightError("data-invalid", "it is not an IDX file", "Give a file in the format of the MNIST files");
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis, false));
  return { type, littleEndian: false, dims, dataOffset };
}
