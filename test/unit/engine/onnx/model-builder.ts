/** Small ONNX models, written down in a test and encoded. */
import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { BitwrightError } from "../../../../src/protocol/errors";
import type { ModelSource } from "../../../../src/engine/model-source";

/** A number is an INT if it is an integer; write `{ float: 1 }` for a FLOAT that happens to be one. */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | TensorProto
  | GraphProto;

export interface ModelParts {
  readonly nodes: readonly NodeProto[];
  readonly initializers?: readonly TensorProto[];
  /** Names, or names with dimensions; float unless given as a ValueInfoProto. */
  readonly inputs?: readonly (string | ValueInfoProto)[];
  readonly outputs?: readonly (string | ValueInfoProto)[];
  readonly opset?: number;
  readonly irVersion?: number;
  readonly domains?: Readonly<Record<string, number>>;
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  name = "",
  domain = "",
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    input: [...input],
    output: [...output],
    name,
    domain,
    attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  });
}

export function attribute(name: string, value: AttributeValue): AttributeProto {
  return create(AttributeProtoSchema, { name, ...attributeContent(value) });
}

function attributeContent(value: AttributeValue): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === "number") {
    return Number.isInteger(value)
      ? { type: AttributeType.INT, i: BigInt(value) }
      : { type: AttributeType.FLOAT, f: value };
  }
  if (typeof value === "string") return { type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { type: AttributeType.INTS, ints: value.map((item: number) => BigInt(item)) };
  if ("float" in value) return { type: AttributeType.FLOAT, f: value.float };
  if ("floats" in value) return { type: AttributeType.FLOATS, floats: [...value.floats] };
  if ("$typeName" in value && value.$typeName === "onnx.TensorProto") return { type: AttributeType.TENSOR, t: value };
  if ("$typeName" in value) return { type: AttributeType.GRAPH, g: value };
  throw new Error(`attribute of an unknown kind`);
}

/** A float initializer with raw data. */
export function floatTensor(name: string, dims: readonly number[], values: Iterable<number>): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: DataType.FLOAT,
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  });
}

/** An int64 initializer with raw data. */
export function int64Tensor(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: DataType.INT64,
    rawData: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer),
  });
}

/** A float initializer filled by a seeded generator, in [-1, 1). */
export function randomTensor(name: string, dims: readonly number[], seed: number): TensorProto {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return floatTensor(name, dims, randomValues(count, seed));
}

/** Seeded values in [-1, 1) (mulberry32). */
export function randomValues(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * 2 - 1;
  });
}

/** A graph input or output; a string is a symbolic dimension. */
export function value(
  name: string,
  dims?: readonly (number | string)[],
  elementType: DataType = DataType.FLOAT,
): ValueInfoProto {
  const shape = dims && {
    dim: dims.map((dim) =>
      typeof dim === "string"
        ? { value: { case: "dimParam" as const, value: dim } }
        : { value: { case: "dimValue" as const, value: BigInt(dim) } },
    ),
  };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType: elementType, ...(shape && { shape }) } } },
  });
}

export function buildModel(parts: ModelParts): ModelProto {
  const asValue = (item: string | ValueInfoProto) => (typeof item === "string" ? value(item) : item);
  const domains = { "": parts.opset ?? 17, ...parts.domains };
  return create(ModelProtoSchema, {
    irVersion: BigInt(parts.irVersion ?? 8),
    producerName: "test",
    opsetImport: Object.entries(domains).map(([domain, version]) => ({ domain, version: BigInt(version) })),
    graph: {
      name: "graph",
      node: [...parts.nodes],
      initializer: [...(parts.initializers ?? [])],
      input: (parts.inputs ?? ["x"]).map(asValue),
      output: (parts.outputs ?? ["y"]).map(asValue),
    },
  });
}

export function encode(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

/** A source whose external files are given by name; others are missing. */
export function sourceOf(
  bytes: Uint8Array,
  name = "model.onnx",
  files: Readonly<Partial<Record<string, Uint8Array>>> = {},
): ModelSource {
  return {
    name,
    bytes,
    sha256: "0".repeat(64),
    readExternal: (location, offset, length) => {
      const file = files[location];
      if (file === undefined)
        throw new BitwrightError("external-data-missing", "no such file", "", { field: location });
      const end = length === undefined ? file.length : offset + length;
      if (end > file.length) throw new BitwrightError("external-data-range", "out of range", "", { field: location });
      return file.slice(offset, end);
    },
  };
}

/** The encoded model as a source. */
export function modelSource(parts: ModelParts): ModelSource {
  return sourceOf(encode(buildModel(parts)));
}
