/** Model to bytes. */
import { toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import type { OnnxModel } from "./model";

/** Serializes the model; fields unknown to this version of ONNX are written as they were read. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return toBinary(ModelProtoSchema, model.proto);
}
