/** A decoded model together with where its external data can be read. */
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { GraphProto, ModelProto, NodeProto } from "onnx-buf";
import type { ModelFiles } from "./external-data";

export interface OnnxModel {
  readonly proto: ModelProto;
  readonly graph: GraphProto;
  /** Version of the default operator set. */
  readonly opset: number;
  readonly source: ModelFiles;
}

/** Whether a node or operator set belongs to ONNX itself; both spellings are in use. */
export function isDefaultDomain(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

/** Whether the node is the operator of that name of the default domain. */
export function isOperator(node: NodeProto, opType: string): boolean {
  return node.opType === opType && isDefaultDomain(node.domain);
}

/**
 * A message with the same field values, for writing other ones into some of them. Spreading would lose what messages
 * inherit: the defaults of fields that are not set.
 */
export function copyOf<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema>,
): MessageShape<Schema> {
  return Object.assign(create(schema), message);
}
