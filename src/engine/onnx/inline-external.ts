/** Tensors of external files with their data inside, for models that are written as one file. */
import { create } from "@bufbuild/protobuf";
import { TensorProto_DataLocation as DataLocation, TensorProtoSchema, type TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import type { ModelSource } from "../model-source";
import { DataType, dataTypeName } from "./data-types";
import { tensorDims } from "./tensor-data";
import { elementCount } from "./tensor";

/** Bytes of one element, of the types that are stored in whole bytes. */
const ELEMENT_BYTES: ReadonlyMap<number, number> = new Map([
  [DataType.BOOL, 1],
  [DataType.INT8, 1],
  [DataType.UINT8, 1],
  [DataType.INT16, 2],
  [DataType.UINT16, 2],
  [DataType.FLOAT16, 2],
  [DataType.BFLOAT16, 2],
  [DataType.INT32, 4],
  [DataType.UINT32, 4],
  [DataType.FLOAT, 4],
  [DataType.INT64, 8],
  [DataType.UINT64, 8],
  [DataType.DOUBLE, 8],
]);

/**
 * The tensor with its bytes as raw data; the tensor itself if they are in the model already.
 * @throws BitwrightError external-data-* from the source, tensor-type for packed and text types, tensor-shape
 */
export function inlineExternal(tensor: TensorProto, source: ModelSource): TensorProto {
  if (tensor.dataLocation !== DataLocation.EXTERNAL) return tensor;
  const { name, dataType, dims, docString } = tensor;
  const bytes = ELEMENT_BYTES.get(dataType);
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location") ?? "";
  const offset = Number(entries.get("offset") ?? "0");
  if (bytes === undefined) {
    throw new BitwrightError(
      "tensor-type",
      `external data of type ${dataTypeName(dataType)} cannot be put into the model`,
      "Save the model without external data",
      { field: name },
    );
  }
  if (location === "" || !Number.isSafeInteger(offset) || offset < 0) {
    throw new BitwrightError(
      "external-data-missing",
      "the tensor does not say where its data is",
      "Save the model again with its external data",
      { field: name },
    );
  }
  const length = elementCount(tensorDims(tensor)) * bytes;
  const rawData = new Uint8Array(source.readExternal(location, offset, length));
  return create(TensorProtoSchema, { name, dataType, dims, rawData, ...(docString !== "" && { docString }) });
}
