/**
 * A walk over the protobuf wire format of a model, before anything is decoded.
 *
 * The protobuf library trusts what it reads: it does not compare a record's wire type with its field, lets a message
 * run past its parent, and allocates an object for every two bytes of an empty message. This scan allocates nothing per
 * record and refuses what would make decoding fail, recurse or grow out of proportion.
 *
 * Wire format: https://protobuf.dev/programming-guides/encoding/
 */
import { ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";

/** Messages within messages. Against stack overflow: a graph in a graph takes three levels, exporters reach about 20. */
export const MAX_NESTING = 64;

/** Bytes of one string field. Against names whose every copy into a message or a key costs as much again. */
export const MAX_STRING_BYTES = 16 * 1024 * 1024;

/** Decoded bytes that any file may take. Against small files of millions of empty messages or one-byte integers. */
export const MAX_DECODED_BYTES_FLOOR = 256 * 1024 * 1024;

/** Decoded bytes for each byte of the file, where that allows more than the floor. */
export const MAX_DECODED_BYTES_RATIO = 3;

/** Heap bytes of decoded things, rounded up from what V8 takes for them; raw data is viewed and costs one view. */
const COST = { message: 64, field: 36, view: 128, string: 48, number: 16, bigint: 48, unknown: 256 } as const;

export type WireProblem = "malformed" | "nested" | "string" | "expansion";

const WIRE_VARINT = 0;
const WIRE_64 = 1;
const WIRE_LENGTH = 2;
const WIRE_32 = 5;

type FieldPlan =
  | { readonly kind: "message"; readonly message: MessagePlan }
  | { readonly kind: "string" }
  | { readonly kind: "bytes" }
  | { readonly kind: "number"; readonly wireType: number; readonly cost: number; readonly packable: boolean };

interface MessagePlan {
  readonly fields: Map<number, FieldPlan>;
  readonly cost: number;
}

/**
 * Checks the structure of a serialized ModelProto in one pass and constant memory.
 *
 * @returns null if the protobuf library can decode the bytes safely, else what is wrong: `malformed` (not a ModelProto,
 *   truncated or corrupt), `nested`, `string`, `expansion` (beyond the limit of that name)
 */
export function scanModel(bytes: Uint8Array): WireProblem | null {
  const plans: MessagePlan[] = [modelPlan()];
  const ends: number[] = [bytes.length];
  const cursor = new Cursor(bytes);
  let allowance = Math.max(MAX_DECODED_BYTES_FLOOR, MAX_DECODED_BYTES_RATIO * bytes.length);
  while (ends.length > 0) {
    const end = ends.at(-1)!;
    if (cursor.position === end) {
      ends.pop();
      plans.pop();
      continue;
    }
    const tag = cursor.tag(end);
    if (tag < 0) return "malformed";
    const wireType = tag & 7;
    const plan = plans.at(-1)!.fields.get(tag >>> 3);
    const length = cursor.payload(wireType, end);
    if (length < 0) return "malformed";
    const start = cursor.position;
    if (plan?.kind === "message") {
      if (wireType !== WIRE_LENGTH) return "malformed";
      if (ends.length >= MAX_NESTING) return "nested";
      allowance -= plan.message.cost;
      plans.push(plan.message);
      ends.push(start + length);
    } else {
      if (plan?.kind === "string" && length > MAX_STRING_BYTES) return "string";
      const cost = plan === undefined ? COST.unknown : scalarCost(plan, wireType, bytes, start, length);
      if (cost < 0) return "malformed";
      allowance -= cost;
      cursor.position = start + length;
    }
    if (allowance < 0) return "expansion";
  }
  return null;
}

/** Heap bytes of one record, or -1 where the wire type does not belong to the field. */
function scalarCost(
  plan: Exclude<FieldPlan, { kind: "message" }>,
  wireType: number,
  bytes: Uint8Array,
  start: number,
  length: number,
): number {
  if (plan.kind === "string") return wireType === WIRE_LENGTH ? COST.string + 2 * length : -1;
  if (plan.kind === "bytes") return wireType === WIRE_LENGTH ? COST.view : -1;
  if (wireType === plan.wireType) return plan.cost;
  if (wireType !== WIRE_LENGTH || !plan.packable) return -1;
  const count = packedCount(plan.wireType, bytes, start, length);
  return count < 0 ? -1 : count * plan.cost;
}

/** Elements of a packed field, or -1 if the last one is cut off or one is longer than a varint may be. */
function packedCount(wireType: number, bytes: Uint8Array, start: number, length: number): number {
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

const MAX_VARINT_BYTES = 10;
const MAX_TAG = 2 ** 32 - 1;

/** A position in the bytes; reads return -1 instead of throwing, because refusing a file is nothing exceptional. */
class Cursor {
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

let cachedModelPlan: MessagePlan | undefined;

function modelPlan(): MessagePlan {
  cachedModelPlan ??= planMessage(ModelProtoSchema, new Map());
  return cachedModelPlan;
}

function planMessage(message: DescMessage, known: Map<string, MessagePlan>): MessagePlan {
  const existing = known.get(message.typeName);
  if (existing !== undefined) return existing;
  const plan: MessagePlan = { fields: new Map(), cost: COST.message + COST.field * message.fields.length };
  known.set(message.typeName, plan);
  for (const field of message.fields) plan.fields.set(field.number, planField(field, known));
  return plan;
}

function planField(field: DescField, known: Map<string, MessagePlan>): FieldPlan {
  if (field.message !== undefined) return { kind: "message", message: planMessage(field.message, known) };
  const packable = field.fieldKind === "list";
  const number = (wireType: number, cost: number) => ({ kind: "number", wireType, cost, packable }) as const;
  switch (field.scalar) {
    case ScalarType.STRING:
      return { kind: "string" };
    case ScalarType.BYTES:
      return { kind: "bytes" };
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return number(WIRE_32, COST.number);
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return number(WIRE_64, COST.number);
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
      return number(WIRE_VARINT, COST.bigint);
    case ScalarType.INT32:
    case ScalarType.UINT32:
    case ScalarType.SINT32:
    case ScalarType.BOOL:
    case undefined:
      return number(WIRE_VARINT, COST.number);
  }
}
