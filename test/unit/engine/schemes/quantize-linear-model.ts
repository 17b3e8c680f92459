/** ONNX QuantizeLinear as a model of its own: an oracle for symmetric codes of 8 bits. */
import { create } from "@bufbuild/protobuf";
import { TensorProto_DataType as DataType, TensorProtoSchema } from "onnx-buf";
import { buildModel, encode, node, value } from "../onnx/model-builder";

/** `y = QuantizeLinear(x, scale, 0)` with x of any length, a scalar scale and int8 codes. */
export function quantizeLinearModel(): Uint8Array {
  const zero = create(TensorProtoSchema, { name: "zero", dataType: DataType.INT8, rawData: new Uint8Array(1) });
  return encode(
    buildModel({
      nodes: [node("QuantizeLinear", ["x", "scale", "zero"], ["y"])],
      initializers: [zero],
      inputs: [value("x", ["n"]), value("scale", [])],
      outputs: [value("y", ["n"], DataType.INT8)],
    }),
  );
}
