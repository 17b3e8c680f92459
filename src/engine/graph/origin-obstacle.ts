/** Why a constant is not one that can be quantized, in one sentence. */
import { DataType, dataTypeName, isFloatType } from "../onnx/data-types";
import { checkedElementCount } from "../onnx/tensor-data";
import { originType, type ConstantOrigin } from "./constants";

export type ConstantRole = "weights" | "bias";

/** Null where nothing is known to be wrong with the constant. */
export function originObstacle(origin: ConstantOrigin, role: ConstantRole): string | null {
  const subject = `The ${role} ${role === "weights" ? "are" : "is"}`;
  if (origin.quantized) return `${subject} already quantized.`;
  const type = originType(origin);
  if (type === DataType.UNDEFINED) return `${subject} cast to a type that the model does not name.`;
  const wrong = [type, origin.tensor.dataType].find((candidate) => !isFloatType(candidate));
  if (wrong !== undefined) return `${subject} of type ${dataTypeName(wrong)}, not float.`;
  return checkedElementCount(origin.tensor) === 0
    ? `The ${role === "weights" ? "weight" : role} tensor has no elements.`
    : null;
}
