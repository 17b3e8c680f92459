/** What a TensorProto declares of itself. */
import type { TensorProto } from "onnx-buf";
import { BitwrightError, type ErrorPlace } from "../../protocol/errors";
import { elementCount } from "./tensor";

/** Elements of one tensor. Against declared sizes whose sums JavaScript could not hold exactly. */
const MAX_ELEMENTS = 2 ** 36;

/**
 * The declared dimensions, checked to be counting numbers with a product below 2^36.
 * @throws BitwrightError tensor-shape
 */
export function tensorDims(tensor: TensorProto): number[] {
  const dims = tensor.dims.map(Number);
  const valid = dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) && elementCount(dims) <= MAX_ELEMENTS;
  if (!valid) {
    throw new BitwrightError(
      "tensor-shape",
      `the declared shape [${tensor.dims.slice(0, 8).join(", ")}] is not possible`,
      "Export the model again",
      tensorPlace(tensor),
    );
  }
  return dims;
}

/** The tensor by its name, where it has one. */
export function tensorPlace(tensor: TensorProto): ErrorPlace {
  return tensor.name === "" ? {} : { field: tensor.name };
}
