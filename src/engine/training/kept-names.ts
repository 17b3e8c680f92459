/** Names of constants that training has changed the values of. */
import { GraphProtoSchema, TensorProtoSchema, ValueInfoProtoSchema, type GraphProto } from "onnx-buf";
import { namesWithin } from "../onnx/upgrade/scope";
import { withInputs } from "../graph/rename";
import { copyOf } from "../onnx/model";

/**
 * A copy of the changed graph in which constants that stand in the place of others have the names of those, unless they are still
 * in use.
 */
export function withKeptNames(changed: GraphProto, original: GraphProto): GraphProto {
  const used = new Set(namesWithin(changed));
  const constants = new Set(changed.initializer.map(({ name }) => name));
  const before = new Map(original.node.map((node) => [node.output[0], node.input]));
  const renamed = new Map<string, string>();
  for (const { input, output } of changed.node) {
    input.forEach((name, position) => {
      const kept = before.get(output[0])?.[position] ?? "";
      if (kept === "" || used.has(kept) || renamed.has(name) || !constants.has(name)) return;
      renamed.set(name, kept);
      used.add(kept);
    });
  }
  const graph = copyOf(GraphProtoSchema, changed);
  graph.node = changed.node.map((node) => withInputs(node, renamed));
  graph.initializer = changed.initializer.map((tensor) => {
    const copy = copyOf(TensorProtoSchema, tensor);
    copy.name = renamed.get(tensor.name) ?? tensor.name;
    return copy;
  });
  // Up to version 3 of the format, constants are inputs too.
  graph.input = changed.input.map((input) => {
    const copy = copyOf(ValueInfoProtoSchema, input);
    copy.name = renamed.get(input.name) ?? input.name;
    return copy;
  });
  return graph;
}
