/** Storage of codes: the narrowest standard integer that holds them. */
import type { Codes } from "./scheme";

/** Bytes of the narrowest standard integer (8, 16 or 32 bits, unsigned where no code is negative) for `codeMin` to `codeMax`. */
export function codeBytes(codeMin: number, codeMax: number): 1 | 2 | 4 {
  if (codeMin >= 0) return codeMax <= 0xff ? 1 : codeMax <= 0xffff ? 2 : 4;
  if (codeMin >= -0x80 && codeMax <= 0x7f) return 1;
  if (codeMin >= -0x8000 && codeMax <= 0x7fff) return 2;
  return 4;
}

/** Zeroed codes in the narrowest array that holds `codeMin` to `codeMax`. */
export function allocateCodes(length: number, codeMin: number, codeMax: number): Codes {
  const unsigned = codeMin >= 0;
  switch (codeBytes(codeMin, codeMax)) {
    case 1:
      return unsigned ? new Uint8Array(length) : new Int8Array(length);
    case 2:
      return unsigned ? new Uint16Array(length) : new Int16Array(length);
    case 4:
      return new Int32Array(length);
  }
}

/** Codes computed at a time; they stay in the processor's first cache. */
const CHUNK = 4096;

/**
 * Computes codes group by group into one buffer of 32-bit integers and stores them in the narrowest array. Loops then
 * meet one element type only: with five of them every access would be looked up.
 * @param bounds of the groups, as `groupBounds` gives them
 * @param encode writes the codes of the weights `start` to `end` of a group to `buffer`, the first at `bufferStart`
 */
export function encodeInChunks(
  bounds: Uint32Array,
  codeMin: number,
  codeMax: number,
  encode: (group: number, start: number, end: number, buffer: Int32Array, bufferStart: number) => void,
): Codes {
  const groups = bounds.length - 1;
  const length = bounds[groups];
  const codes = allocateCodes(length, codeMin, codeMax);
  const buffer = new Int32Array(Math.min(CHUNK, length));
  let group = 0;
  for (let chunkStart = 0; chunkStart < length; chunkStart += CHUNK) {
    const chunkEnd = Math.min(chunkStart + CHUNK, length);
    let start = chunkStart;
    while (start < chunkEnd) {
      const end = Math.min(bounds[group + 1], chunkEnd);
      encode(group, start, end, buffer, start - chunkStart);
      if (end === bounds[group + 1]) group++;
      start = end;
    }
    codes.set(buffer.subarray(0, chunkEnd - chunkStart), chunkStart);
  }
  return codes;
}

/** Codes as 32-bit integers, for loops that meet one element type only; a view where they are that already. */
export function asInt32(codes: Codes): Int32Array {
  return codes instanceof Int32Array ? codes : new Int32Array(codes);
}
