/** The Constant operator and its many ways to hold a value. */
import { create } from "@bufbuild/protobuf";
import { TensorProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { DataType } from "../onnx/data-types";
import { findAttribute } from "./attributes";

/** The data of a Constant node, whichever attribute holds it; null for strings and sparse tensors. The tensor is called `name` where it is made here. */
export function constantNodeTensor(node: NodeProto, name: string): TensorProto | null {
  const attribute = (key: string) => findAttribute(node, key);
  const tensor = attribute("value")?.t;
  if (tensor !== undefined) return tensor;
  const single = attribute("value_float");
  if (single !== undefined) return create(TensorProtoSchema, { name, dataType: DataType.FLOAT, floatData: [single.f] });
  const floats = attribute("value_floats")?.floats;
  if (floats !== undefined) {
    return create(TensorProtoSchema, {
      name,
      dims: [BigInt(floats.length)],
      dataType: DataType.FLOAT,
      floatData: floats,
    });
  }
  const integer = attribute("value_int");
  if (integer !== undefined)
    return create(TensorProtoSchema, { name, dataType: DataType.INT64, int64Data: [integer.i] });
  const integers = attribute("value_ints")?.ints;
  if (integers === undefined) return null;
  return create(TensorProtoSchema, {
    name,
    dims: [BigInt(integers.length)],
    dataType: DataType.INT64,
    int64Data: integers,
  });
}
