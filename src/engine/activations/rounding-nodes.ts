/** Rounding of a value inside a float graph. */
import type { GraphEdit } from "../graph/edit";
import { RUNTIME_DOMAIN } from "../graph/edit";
import { DataType } from "../onnx/data-types";
import { CEIL_MARGIN, type ActivationParameters } from "./parameters";

/**
 * Adds nodes that round a value to what its codes stand for, as roundTripActivations does: ONNX Runtime's own QuantizeLinear and
 * DequantizeLinear, in its domain, which has 16 bits and exists beside any operator set; narrower codes are clipped
 * first. `ceil` (A_b) is division, a margin, bounds, rounding up and multiplication.
 * @returns the rounded value
 */
export function addRounding(edit: GraphEdit, value: string, parameters: ActivationParameters): string {
  const { scheme, bits, scale, zeroPoint, codeMin, codeMax } = parameters;
  const scaleName = edit.scalar(scale);
  if (scheme === "ceil") {
    const lowered = edit.add("Sub", [edit.add("Div", [value, scaleName]), edit.scalar(CEIL_MARGIN)]);
    return edit.add("Mul", [edit.add("Ceil", [edit.clip(lowered, codeMin, codeMax)]), scaleName]);
  }
  const isWholeType = bits === 8 || bits === 16;
  const clipped = isWholeType ? value : edit.clip(value, (codeMin - zeroPoint) * scale, (codeMax - zeroPoint) * scale);
  const zero = edit.integerScalar(zeroPoint, bits <= 8 ? DataType.INT8 : DataType.INT16);
  const codes = edit.add("QuantizeLinear", [clipped, scaleName, zero], {}, RUNTIME_DOMAIN);
  return edit.add("DequantizeLinear", [codes, scaleName, zero], {}, RUNTIME_DOMAIN);
}
