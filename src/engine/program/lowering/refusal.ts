/** Errors of lowering: what has no integer program, by the node's name. */
import type { NodeProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../../protocol/errors";
import { nameOrOutput } from "../../graph/names";

/** @param problem what about the node, without a full stop */
export function refuse(node: NodeProto, problem: string): BitwrightError {
  return new BitwrightError(
    "operator-unsupported",
    `${shownName(node.opType)} cannot become integer C: ${problem}`,
    "Change the model there, or write the weights alone",
    { layer: nameOrOutput(node) },
  );
}
