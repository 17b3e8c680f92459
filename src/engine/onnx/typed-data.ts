/**
 * Weights in the typed fields of tensors (`float_data`, `double_data`, 16-bit floats in `int32_data`), given to the protobuf
 * library as `raw_data`: a list of numbers takes several times the memory of the bytes that it is read from.
 */
import { DataType } from "./data-types";
import { varintSize, WIRE_LENGTH, writeVarint } from "./wire-format";

/** Packed fields shorter than this stay as they are. */
const MIN_BYTES = 256;

/** Tags of TensorProto's fields: number and wire type. */
const TAG = {
  dataType: (2 << 3) | 0,
  floatData: (4 << 3) | WIRE_LENGTH,
  int32Data: (5 << 3) | WIRE_LENGTH,
  rawData: (9 << 3) | WIRE_LENGTH,
  doubleData: (10 << 3) | WIRE_LENGTH,
  dataLocation: (14 << 3) | 0,
} as const;

/** Numbers of the fields that hold elements. */
const DATA_FIELDS = [4, 5, 6, 7, 9, 10, 11];

/** What each data type's packed field is, where its numbers are moved to raw data. */
const PACKED_TAG: ReadonlyMap<number, number> = new Map([
  [DataType.FLOAT, TAG.floatData],
  [DataType.DOUBLE, TAG.doubleData],
  [DataType.FLOAT16, TAG.int32Data],
  [DataType.BFLOAT16, TAG.int32Data],
]);

/** A message around a record, by where its length and its content are. */
export interface EnclosingMessage {
  readonly lengthAt: number;
  readonly start: number;
  readonly end: number;
}

/** One packed field that is the only data of its tensor. */
export interface TypedData {
  /** The record: tag, length, and elements from `start` to `end`. */
  readonly tagAt: number;
  readonly start: number;
  readonly end: number;
  /** 16-bit floats as integers of any length, with the messages around them, outermost first; null where the bytes are those of raw data. */
  readonly halves: { readonly count: number; readonly within: readonly EnclosingMessage[] } | null;
}

/** What a scan has seen of the tensor that it is in. */
export class OpenTensor {
  /** Heap bytes of the elements as a list. */
  cost = 0;
  private dataType = -1;
  private records = 0;
  private packed: {
    readonly tag: number;
    readonly tagAt: number;
    readonly start: number;
    readonly end: number;
  } | null = null;

  constructor(private readonly bytes: Uint8Array) {}

  /** @returns whether the record holds elements, so that its cost is decided on when the tensor ends */
  takes(tag: number, tagAt: number, start: number, length: number, cost: number): boolean {
    if (tag === TAG.dataType) this.dataType = length === 1 ? this.bytes[start] : -1;
    // External data makes the typed fields meaningless.
    if (tag === TAG.dataLocation && this.bytes[start] !== 0) this.records++;
    if (!DATA_FIELDS.includes(tag >>> 3)) return false;
    this.records++;
    this.cost += cost;
    this.packed = { tag, tagAt, start, end: start + length };
    return true;
  }

  /** The tensor's data if it is to become raw data, else null. */
  typedData(within: () => EnclosingMessage[]): TypedData | null {
    const { packed, bytes } = this;
    if (packed === null || this.records !== 1 || PACKED_TAG.get(this.dataType) !== packed.tag) return null;
    const { tagAt, start, end } = packed;
    if (end - start < MIN_BYTES || bytes[tagAt] !== packed.tag) return null;
    if (packed.tag !== TAG.int32Data) return { tagAt, start, end, halves: null };
    let count = 0;
    for (let at = start; at < end; at++) if (bytes[at] < 0x80) count++;
    return { tagAt, start, end, halves: { count, within: within() } };
  }
}

/** Bytes that are replaced by others. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly write: (target: Uint8Array, at: number) => void;
}

/**
 * The model with the given data as `raw_data`; the bytes themselves where there is none. What is read from both is equal.
 * @param typedData in the order of the bytes
 */
export function withRawData(bytes: Uint8Array, typedData: readonly TypedData[]): Uint8Array {
  if (typedData.length === 0) return bytes;
  const edits = [...typedData.map((data) => dataEdit(bytes, data)), ...lengthEdits(typedData)];
  edits.sort((a, b) => a.from - b.from);
  const result = new Uint8Array(edits.reduce((size, edit) => size + growth(edit), bytes.length));
  let read = 0;
  let written = 0;
  for (const edit of edits) {
    result.set(bytes.subarray(read, edit.from), written);
    written += edit.from - read;
    edit.write(result, written);
    written += edit.size;
    read = edit.to;
  }
  result.set(bytes.subarray(read), written);
  return result;
}

function dataEdit(bytes: Uint8Array, { tagAt, start, end, halves }: TypedData): Edit {
  const writeTag = (target: Uint8Array, at: number) => {
    target[at] = TAG.rawData;
  };
  if (halves === null) return { from: tagAt, to: tagAt + 1, size: 1, write: writeTag };
  const length = 2 * halves.count;
  return {
    from: tagAt,
    to: end,
    size: 1 + varintSize(length) + length,
    write: (target, at) => {
      writeTag(target, at);
      writeHalves(bytes, start, end, target, writeVarint(length, target, at + 1));
    },
  };
}

/** The low 16 bits of every varint, least significant byte first. */
function writeHalves(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  let position = at;
  let value = 0;
  let shift = 0;
  for (let index = start; index < end; index++) {
    if (shift < 16) value |= (bytes[index] & 0x7f) << shift;
    shift += 7;
    if (bytes[index] >= 0x80) continue;
    target[position++] = value & 0xff;
    target[position++] = (value >>> 8) & 0xff;
    value = 0;
    shift = 0;
  }
}

/** New lengths of the messages around data that has another length as raw data. */
function lengthEdits(typedData: readonly TypedData[]): Edit[] {
  const messages = new Map<number, EnclosingMessage & { growth: number; readonly parent: number | null }>();
  for (const { tagAt, end, halves } of typedData) {
    if (halves === null) continue;
    let parent: number | null = null;
    for (const message of halves.within) {
      if (!messages.has(message.start)) messages.set(message.start, { ...message, growth: 0, parent });
      parent = message.start;
    }
    const innermost = messages.get(parent ?? -1);
    const length = 2 * halves.count;
    if (innermost !== undefined) innermost.growth += 1 + varintSize(length) + length - (end - tagAt);
  }
  const inwards = [...messages.values()].sort((a, b) => b.start - a.start);
  return inwards.map((message) => {
    const length = message.end - message.start + message.growth;
    const edit: Edit = {
      from: message.lengthAt,
      to: message.start,
      size: varintSize(length),
      write: (target, at) => void writeVarint(length, target, at),
    };
    const parent = messages.get(message.parent ?? -1);
    if (parent !== undefined) parent.growth += message.growth + growth(edit);
    return edit;
  });
}

function growth({ from, to, size }: Edit): number {
  return size - (to - from);
}
