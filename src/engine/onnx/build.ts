/** New nodes, attributes and tensors. */
import { create } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { DataType } from "./data-types";
import { toBfloat16, toFloat16 } from "./half";

/** A number is an INT, `{ float }` a FLOAT, a text a STRING, a list INTS. */
export type AttributeContent = number | { readonly float: number } | string | readonly number[];

export function makeAttribute(name: string, content: AttributeContent): AttributeProto {
  if (typeof content === "number") {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(content) });
  }
  if (typeof content === "string") {
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(content) });
  }
  if ("float" in content) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: content.float });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: content.map(BigInt) });
}

/** A node of the default domain, named after its output. */
export function makeNode(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, AttributeContent>> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    name: output,
    input: [...input],
    output: [output],
    attribute: Object.entries(attributes).map(([name, content]) => makeAttribute(name, content)),
  });
}

/** A tensor with raw data, which ONNX stores with the least significant byte first. */
export function makeTensor(name: string, dataType: number, dims: readonly number[], rawData: Uint8Array): TensorProto {
  return create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), rawData: new Uint8Array(rawData) });
}

export function makeFloatTensor(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true);
  return makeTensor(name, DataType.FLOAT, dims, new Uint8Array(view.buffer));
}

/** A tensor of any type of real numbers, to which the values are rounded. */
export function makeRealTensor(
  name: string,
  dataType: number,
  dims: readonly number[],
  values: Float32Array,
): TensorProto {
  switch (dataType) {
    case DataType.FLOAT16:
      return makeTensor(name, dataType, dims, shorts(values, toFloat16));
    case DataType.BFLOAT16:
      return makeTensor(name, dataType, dims, shorts(values, toBfloat16));
    case DataType.DOUBLE: {
      const view = new DataView(new ArrayBuffer(8 * values.length));
      values.forEach((value, i) => view.setFloat64(8 * i, value, true));
      return makeTensor(name, dataType, dims, new Uint8Array(view.buffer));
    }
    default:
      return makeFloatTensor(name, dims, values);
  }
}

function shorts(values: Float32Array, bitsOf: (value: number) => number): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  for (let i = 0; i < values.length; i++) view.setUint16(2 * i, bitsOf(values[i]), true);
  return new Uint8Array(view.buffer);
}

export function makeInt64Tensor(name: string, dims: readonly number[], values: readonly bigint[]): TensorProto {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => view.setBigInt64(8 * i, value, true));
  return makeTensor(name, DataType.INT64, dims, new Uint8Array(view.buffer));
}

/** What a graph declares of an input or output; a text is a dimension that is free, and no dimensions mean any shape. */
export function makeValue(name: string, elemType: number, dims?: readonly (number | string)[]): ValueInfoProto {
  const dim = dims?.map((size) =>
    typeof size === "string"
      ? { value: { case: "dimParam" as const, value: size } }
      : { value: { case: "dimValue" as const, value: BigInt(size) } },
  );
  const shape = dim === undefined ? {} : { shape: { dim } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: "tensorType", value: { elemType, ...shape } } } });
}
