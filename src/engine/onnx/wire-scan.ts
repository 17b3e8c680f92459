/**
 * A walk over the protobuf wire format of a model, before anything is decoded.
 *
 * The protobuf library trusts what it reads: it does not compare a record's wire type with its field, lets a message
 * run past its parent, and allocates an object for every two bytes of an empty message. This scan allocates nothing per
 * record and refuses what would make decoding fail, recurse or grow out of proportion.
 */
import { COST, modelPlan, type FieldPlan, type MessagePlan } from "./message-plan";
import { OpenTensor, type TypedData } from "./typed-data";
import { Cursor, packedCount, WIRE_LENGTH } from "./wire-format";

/** Messages within messages. Against stack overflow: a graph in a graph takes three levels, exporters reach about 20. */
export const MAX_NESTING = 64;

/** Bytes of one string field. Against names whose every copy into a message or a key costs as much again. */
export const MAX_STRING_BYTES = 16 * 1024 * 1024;

/** Decoded bytes that any file may take: some ten thousand nodes. Against small files of millions of empty messages or one-byte integers. */
export const MAX_DECODED_BYTES_FLOOR = 32 * 1024 * 1024;

/** Decoded bytes for each byte of the file, where that allows more than the floor. */
export const MAX_DECODED_BYTES_RATIO = 3;

export type WireProblem = "malformed" | "nested" | "string" | "expansion";

export interface WireScan {
  /**
   * Null if the protobuf library can decode the bytes safely, else what is wrong: `malformed` (not a ModelProto, truncated or
   * corrupt), `nested`, `string`, `expansion` (beyond the limit of that name).
   */
  readonly problem: WireProblem | null;
  /** Numbers that are to be decoded as raw data: see `withRawData`. They are not counted among the decoded bytes. */
  readonly typedData: readonly TypedData[];
}

/** Checks the structure of a serialized ModelProto in one pass. */
export function scanModel(bytes: Uint8Array): WireScan {
  const scan = new Scan(bytes);
  const problem = scan.run();
  return { problem, typedData: scan.typedData };
}

/** Stacks hold one entry for each message that is open, the model first. */
class Scan {
  readonly typedData: TypedData[] = [];
  private readonly cursor: Cursor;
  private readonly plans: MessagePlan[] = [modelPlan()];
  private readonly ends: number[];
  private readonly starts: number[] = [0];
  /** Where the lengths of the messages stand. */
  private readonly lengthsAt: number[] = [0];
  /** Lists of each message that have an element already. */
  private readonly listsBegun: number[] = [0];
  private tensor: OpenTensor | null = null;
  private allowance: number;

  constructor(private readonly bytes: Uint8Array) {
    this.cursor = new Cursor(bytes);
    this.ends = [bytes.length];
    this.allowance = Math.max(MAX_DECODED_BYTES_FLOOR, MAX_DECODED_BYTES_RATIO * bytes.length);
  }

  run(): WireProblem | null {
    while (this.ends.length > 0) {
      const problem = this.cursor.position === this.ends.at(-1) ? this.close() : this.record();
      if (problem !== null) return problem;
      if (this.allowance < 0) return "expansion";
    }
    return null;
  }

  private record(): WireProblem | null {
    const { cursor } = this;
    const end = this.ends.at(-1)!;
    const tagAt = cursor.position;
    const tag = cursor.tag(end);
    if (tag < 0) return "malformed";
    const lengthAt = cursor.position;
    const wireType = tag & 7;
    const length = cursor.payload(wireType, end);
    if (length < 0) return "malformed";
    const plan = this.plans.at(-1)!.fields.get(tag >>> 3);
    if (plan !== undefined) this.beginList(plan.listBit);
    if (plan?.kind === "message")
      return wireType === WIRE_LENGTH ? this.open(plan.message, lengthAt, length) : "malformed";
    if (plan?.kind === "string" && length > MAX_STRING_BYTES) return "string";
    const start = cursor.position;
    const cost = plan === undefined ? COST.unknown : scalarCost(plan, wireType, this.bytes, start, length);
    if (cost < 0) return "malformed";
    const isDeferred = this.plans.at(-1)!.isTensor && this.tensor?.takes(tag, tagAt, start, length, cost);
    if (isDeferred !== true) this.allowance -= cost;
    cursor.position = start + length;
    return null;
  }

  private beginList(bit: number): void {
    const begun = this.listsBegun.at(-1)!;
    if ((begun & bit) !== bit) this.allowance -= COST.firstElement;
    this.listsBegun[this.listsBegun.length - 1] = begun | bit;
  }

  private open(plan: MessagePlan, lengthAt: number, length: number): WireProblem | null {
    if (this.ends.length >= MAX_NESTING) return "nested";
    this.allowance -= plan.cost;
    if (plan.isTensor) this.tensor = new OpenTensor(this.bytes);
    this.plans.push(plan);
    this.starts.push(this.cursor.position);
    this.ends.push(this.cursor.position + length);
    this.lengthsAt.push(lengthAt);
    this.listsBegun.push(0);
    return null;
  }

  private close(): null {
    if (this.plans.at(-1)!.isTensor && this.tensor !== null) {
      const enclosing = () =>
        this.starts
          .slice(1)
          .map((start, depth) => ({ lengthAt: this.lengthsAt[depth + 1], start, end: this.ends[depth + 1] }));
      const typed = this.tensor.typedData(enclosing);
      this.allowance -= typed === null ? this.tensor.cost : COST.view;
      if (typed !== null) this.typedData.push(typed);
      this.tensor = null;
    }
    for (const stack of [this.plans, this.starts, this.ends, this.lengthsAt, this.listsBegun]) stack.pop();
    return null;
  }
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
