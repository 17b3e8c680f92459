/** Tensors of external files with their data inside, for models that are written as one file. */
import { create } from "@bufbuild/protobuf";
import { TensorProtoSchema, type TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import type { ModelSource } from "../model-source";
import { dataTypeName, storedElementBytes } from "./data-types";
import { externalRange } from "./external-data";
import { elementCount } from "./tensor";
import { tensorDims } from "./tensor-shape";

/**
 * The tensor with its bytes as raw data; the tensor itself if they are in the model already.
 * @throws BitwrightError external-data-* from the source, tensor-type for packed and text types, tensor-shape
 */
export function inlineExternal(tensor: TensorProto, source: ModelSource): TensorProto {
  const range = externalRange(tensor);
  if (range === null) return tensor;
  const { name, dataType, dims, docString } = tensor;
  const elementBytes = storedElementBytes(dataType);
  if (elementBytes === undefined) {
    throw new BitwrightError(
      "tensor-type",
      `external data of type ${dataTypeName(dataType)} cannot be put into the model`,
      "Save the model without external data",
      { field: name },
    );
  }
  const length = elementCount(tensorDims(tensor)) * elementBytes;
  const rawData = new Uint8Array(source.readExternal(range.location, range.offset, length));
  return create(TensorProtoSchema, { name, dataType, dims, rawData, ...(docString !== "" && { docString }) });
}
