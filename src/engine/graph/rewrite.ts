/** Changed copies of a model's graph. */
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { makeValue } from "../onnx/build";
import { copyOf, type OnnxModel } from "../onnx/model";
import { namesInSubgraphs } from "./graph";

/** Up to this version of the format, initializers are graph inputs too. */
const LAST_IR_VERSION_WITH_INITIALIZERS_AS_INPUTS = 3n;

/**
 * Replaces nodes by index, by one or by several in order, or removes them where the replacement is null, and adds initializers. What only the replaced
 * nodes read (initializers, and nodes without another reader) goes too. The given model is not touched.
 */
export function replaceNodes(
  model: OnnxModel,
  replacements: ReadonlyMap<number, NodeProto | readonly NodeProto[] | null>,
  initializers: readonly TensorProto[],
): OnnxModel {
  const { graph: before, proto } = model;
  const live = before.node.flatMap((node, index) => {
    const replacement = replacements.get(index);
    return replacement === undefined ? [node] : (replacement ?? []);
  });
  const orphans = [...replacements.keys()].flatMap((index) => before.node[index].input);
  const dead = unread(live, before, orphans);

  const graph = copyOf(GraphProtoSchema, before);
  graph.node = live.filter((node) => !node.output.every((output) => dead.has(output)) || node.output.length === 0);
  graph.initializer = [...before.initializer.filter((tensor) => !dead.has(tensor.name)), ...initializers];
  const asInputs = proto.irVersion <= LAST_IR_VERSION_WITH_INITIALIZERS_AS_INPUTS ? initializers.map(declared) : [];
  const wasInitializer = new Set(before.initializer.map((tensor) => tensor.name));
  const goes = (name: string) => dead.has(name) && wasInitializer.has(name);
  graph.input = [...before.input.filter((input) => !goes(input.name)), ...asInputs];
  const defined = definedNames(graph);
  graph.valueInfo = before.valueInfo.filter((value) => defined.has(value.name));
  graph.quantizationAnnotation = before.quantizationAnnotation.filter((item) => defined.has(item.tensorName));

  const changed = copyOf(ModelProtoSchema, proto);
  changed.graph = graph;
  return { ...model, proto: changed, graph };
}

/** Names among the candidates, and among the inputs of nodes that only they kept alive, that nothing reads any more. */
function unread(nodes: readonly NodeProto[], graph: GraphProto, candidates: readonly string[]): Set<string> {
  const readers = new Map<string, number>();
  const producers = new Map<string, NodeProto>();
  const addReader = (name: string) => readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const output of graph.output) addReader(output.name);
  for (const node of nodes) {
    node.input.forEach(addReader);
    namesInSubgraphs(node).forEach(addReader);
    for (const output of node.output) producers.set(output, node);
  }
  const dead = new Set<string>();
  const isRead = (name: string) => (readers.get(name) ?? 0) > 0;
  const pending = [...candidates];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === "" || dead.has(name) || isRead(name)) continue;
    const producer = producers.get(name);
    if (producer?.output.some(isRead)) continue;
    for (const output of producer?.output ?? [name]) dead.add(output);
    if (producer === undefined) continue;
    for (const input of [...producer.input, ...namesInSubgraphs(producer)]) {
      readers.set(input, (readers.get(input) ?? 0) - 1);
      pending.push(input);
    }
  }
  return dead;
}

function definedNames(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  for (const tensor of graph.initializer) names.add(tensor.name);
  for (const input of graph.input) names.add(input.name);
  for (const node of graph.node) for (const output of node.output) names.add(output);
  return names;
}

function declared({ name, dataType, dims }: TensorProto): ValueInfoProto {
  return makeValue(name, dataType, dims.map(Number));
}
