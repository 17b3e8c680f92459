/** Tensors of external files with their data inside, for models that are written as one file. */
import { create } from "@bufbuild/protobuf";
import { TensorProtoSchema, type TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import { Allowance } from "./allowance";
import { dataTypeName, storedElementBytes } from "./data-types";
import { externalRange, type ModelFiles } from "./external-data";
import { elementCount } from "./tensor";
import { tensorDims } from "./tensor-shape";

/**
 * The tensors with their bytes as raw data; those whose bytes are in the model already as they are.
 * @throws BitwrightError external-data-* from the source, tensor-type for packed and text types, tensor-shape,
 *   model-too-complex where many times the bytes of the files would be written
 */
export function inlineExternal(tensors: readonly TensorProto[], source: ModelFiles): TensorProto[] {
  const inlined = new Allowance(
    source,
    "many tensors share their external data, which would be written once for each of them",
    "Quantize these layers, or leave out the quantized ONNX model",
  );
  return tensors.map((tensor) => {
    const range = externalRange(tensor);
    if (range === null) return tensor;
    const { name, dataType, dims, docString } = tensor;
    const bytes = source.readExternal(range.location, range.offset, storedBytes(tensor));
    inlined.charge(bytes.length);
    const rawData = new Uint8Array(bytes);
    return create(TensorProtoSchema, { name, dataType, dims, rawData, ...(docString !== "" && { docString }) });
  });
}

function storedBytes(tensor: TensorProto): number {
  const elementBytes = storedElementBytes(tensor.dataType);
  if (elementBytes !== undefined) return elementCount(tensorDims(tensor)) * elementBytes;
  throw new BitwrightError(
    "tensor-type",
    `external data of type ${dataTypeName(tensor.dataType)} cannot be put into the model`,
    "Save the model without external data",
    { field: tensor.name },
  );
}
