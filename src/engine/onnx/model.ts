/** A decoded model together with where its external data can be read. */
import type { GraphProto, ModelProto, NodeProto } from "onnx-buf";
import type { ModelSource } from "../model-source";

export interface OnnxModel {
  readonly proto: ModelProto;
  readonly graph: GraphProto;
  /** Version of the default operator set. */
  readonly opset: number;
  readonly source: ModelSource;
}

/** Whether a node or operator set belongs to ONNX itself; both spellings are in use. */
export function isDefaultDomain(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

/** Whether the node is the operator of that name of the default domain. */
export function isOperator(node: NodeProto, opType: string): boolean {
  return node.opType === opType && isDefaultDomain(node.domain);
}
