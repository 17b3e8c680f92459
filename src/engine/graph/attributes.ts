/** Attributes of a node, read with the defaults of the ONNX specification. */
import type { AttributeProto, GraphProto, NodeProto } from "onnx-buf";

export function findAttribute(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

/** An INT attribute; NaN where the value is beyond ±2^53, so that no comparison accepts it. */
export function intAttribute(node: NodeProto, name: string, otherwise: number): number {
  const attribute = findAttribute(node, name);
  return attribute === undefined ? otherwise : safeNumber(attribute.i);
}

export function floatAttribute(node: NodeProto, name: string, otherwise: number): number {
  return findAttribute(node, name)?.f ?? otherwise;
}

/** An INTS attribute; undefined where the node does not have it. */
export function intsAttribute(node: NodeProto, name: string): number[] | undefined {
  return findAttribute(node, name)?.ints.map(safeNumber);
}

/** Graphs inside the node: the branches of If, the bodies of Loop and Scan. */
export function subgraphs(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap((attribute) =>
    attribute.g === undefined ? attribute.graphs : [attribute.g, ...attribute.graphs],
  );
}

function safeNumber(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : NaN;
}
