/** What protobuf messages of ONNX may hold, and the memory that decoding them takes. */
import { ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProtoSchema } from "onnx-buf";
import { WIRE_32, WIRE_64, WIRE_VARINT } from "./wire-format";

/**
 * Heap bytes of decoded things, rounded up from what V8 takes for them. A list makes room for 17 elements with its first;
 * raw data is viewed and costs one view.
 */
export const COST = {
  message: 80,
  field: 8,
  list: 24,
  firstElement: 152,
  view: 128,
  string: 48,
  number: 16,
  bigint: 48,
  unknown: 256,
} as const;

export type FieldPlan = (
  | { readonly kind: "message"; readonly message: MessagePlan }
  | { readonly kind: "string" }
  | { readonly kind: "bytes" }
  | { readonly kind: "number"; readonly wireType: number; readonly cost: number; readonly packable: boolean }
) & {
  /** One bit of its own among the lists of the message; 0 for fields that are none. */
  readonly listBit: number;
};

export interface MessagePlan {
  readonly fields: ReadonlyMap<number, FieldPlan>;
  /** Heap bytes of the message without what is in it. */
  readonly cost: number;
  readonly isTensor: boolean;
}

let cachedModelPlan: MessagePlan | undefined;

/** The plan of ModelProto, and through its fields of all others. */
export function modelPlan(): MessagePlan {
  cachedModelPlan ??= planMessage(ModelProtoSchema, new Map());
  return cachedModelPlan;
}

function planMessage(message: DescMessage, known: Map<string, MessagePlan>): MessagePlan {
  const existing = known.get(message.typeName);
  if (existing !== undefined) return existing;
  const fields = new Map<number, FieldPlan>();
  const lists = message.fields.filter(({ fieldKind }) => fieldKind === "list");
  const cost = COST.message + COST.field * message.fields.length + COST.list * lists.length;
  const plan = { fields, cost, isTensor: message.typeName === TensorProtoSchema.typeName };
  known.set(message.typeName, plan);
  for (const field of message.fields) {
    const listBit = field.fieldKind === "list" ? 1 << lists.indexOf(field) : 0;
    fields.set(field.number, { ...planField(field, known), listBit });
  }
  return plan;
}

type UnlistedPlan = FieldPlan extends infer Plan ? (Plan extends unknown ? Omit<Plan, "listBit"> : never) : never;

function planField(field: DescField, known: Map<string, MessagePlan>): UnlistedPlan {
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
