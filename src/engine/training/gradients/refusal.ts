/** The refusal of a node that cannot be differentiated. */
import type { NodeProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../../protocol/errors";
import { nameOrOutput } from "../../graph/names";

/** @param problem what about the node, without a full stop */
export function notDifferentiable(node: NodeProto, problem: string): BitwrightError {
  return new BitwrightError(
    "operator-unsupported",
    `${shownName(node.opType)} cannot be trained through: ${problem}`,
    "Train layers behind it only, or change the model there",
    { layer: nameOrOutput(node) },
  );
}
