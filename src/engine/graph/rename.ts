/** Nodes that read other values, their subgraphs included. */
import { AttributeProtoSchema, GraphProtoSchema, NodeProtoSchema, type GraphProto, type NodeProto } from "onnx-buf";
import { copyOf } from "../onnx/model";
import { namesInSubgraphs } from "./graph";

/** A copy of the node that reads other values where the map has them, also inside the branches of If and bodies of Loop and Scan. */
export function withInputs(node: NodeProto, renamed: ReadonlyMap<string, string>): NodeProto {
  const copy = copyOf(NodeProtoSchema, node);
  copy.input = node.input.map((input) => renamed.get(input) ?? input);
  if (![...namesInSubgraphs(node)].some((name) => renamed.has(name))) return copy;
  copy.attribute = node.attribute.map((attribute) => {
    const changed = copyOf(AttributeProtoSchema, attribute);
    if (attribute.g !== undefined) changed.g = withOuterValues(attribute.g, renamed);
    changed.graphs = attribute.graphs.map((graph) => withOuterValues(graph, renamed));
    return changed;
  });
  return copy;
}

function withOuterValues(graph: GraphProto, renamed: ReadonlyMap<string, string>): GraphProto {
  const own = new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const outer = new Map([...renamed].filter(([name]) => !own.has(name)));
  const copy = copyOf(GraphProtoSchema, graph);
  copy.node = graph.node.map((node) => withInputs(node, outer));
  return copy;
}
