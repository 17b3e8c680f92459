/** Records of the protobuf wire format (https://protobuf.dev/programming-guides/encoding/). */

export const WIRE_VARINT = 0;
export const WIRE_64 = 1;
export const WIRE_LENGTH = 2;
export const WIRE_32 = 5;

export const MAX_VARINT_BYTES = 10;
const MAX_TAG = 2 ** 32 - 1;

/** A position in the bytes; reads return -1 instead of throwing, because refusing a file is nothing exceptional. */
export class Cursor {
  position = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Field number and wire type of the next record. */
  tag(end: number): number {
    const tag = this.varint(end);
    return tag > MAX_TAG || tag >>> 3 === 0 ? -1 : tag;
  }

  /** Moves to the payload of a record and returns its length in bytes; groups are refused, ONNX has none. */
  payload(wireType: number, end: number): number {
    let length = -1;
    if (wireType === WIRE_VARINT) length = this.varintLength(end);
    else if (wireType === WIRE_64) length = 8;
    else if (wireType === WIRE_32) length = 4;
    else if (wireType === WIRE_LENGTH) length = this.varint(end);
    return this.position + length > end ? -1 : length;
  }

  private varintLength(end: number): number {
    for (let length = 1; length <= MAX_VARINT_BYTES && this.position + length <= end; length++) {
      if (this.bytes[this.position + length - 1] < 0x80) return length;
    }
    return -1;
  }

  private varint(end: number): number {
    const length = this.varintLength(end);
    if (length < 0 || length > 5) return -1;
    let value = 0;
    for (let index = length - 1; index >= 0; index--) {
      value = value * 128 + (this.bytes[this.position + index] & 0x7f);
    }
    this.position += length;
    return value;
  }
}

/** Elements of a packed field, or -1 if the last one is cut off or one is longer than a varint may be. */
export function packedCount(wireType: number, bytes: Uint8Array, start: number, length: number): number {
  if (wireType !== WIRE_VARINT) {
    const count = length / (wireType === WIRE_32 ? 4 : 8);
    return Number.isInteger(count) ? count : -1;
  }
  let count = 0;
  let run = 0;
  for (let index = start; index < start + length; index++) {
    run++;
    if (bytes[index] < 0x80) {
      count++;
      run = 0;
    } else if (run >= MAX_VARINT_BYTES) {
      return -1;
    }
  }
  return run === 0 ? count : -1;
}

/** Bytes of a number below 2^32 as a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a number below 2^32 as a varint; returns the position after it. */
export function writeVarint(value: number, bytes: Uint8Array, at: number): number {
  let position = at;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes[position++] = (rest % 128) + 0x80;
  bytes[position++] = rest;
  return position;
}
