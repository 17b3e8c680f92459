/** An index over the nodes and values of a graph. */
import type { GraphProto, NodeProto, TensorProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../protocol/errors";
import { subgraphs } from "./attributes";

export class GraphIndex {
  readonly nodes: readonly NodeProto[];
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** Names of the initializers in sparse form. */
  readonly sparseInitializers: ReadonlySet<string>;
  private readonly producers = new Map<string, number>();
  private readonly consumersOf = new Map<string, number[]>();
  private readonly inputs: ReadonlySet<string>;
  private readonly outputs: ReadonlySet<string>;

  /**
   * @throws BitwrightError model-invalid where a value is defined twice, or used before or without being defined
   */
  constructor(graph: GraphProto) {
    this.nodes = graph.node;
    this.initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    this.sparseInitializers = new Set(graph.sparseInitializer.map((sparse) => sparse.values?.name ?? ""));
    this.inputs = new Set(graph.input.map((input) => input.name));
    this.outputs = new Set(graph.output.map((output) => output.name));
    if (this.initializers.size !== graph.initializer.length) throw invalid("two initializers have the same name");
    graph.node.forEach((node, index) => {
      this.addConsumers(node, index);
      this.addProducers(node, index);
    });
  }

  /** Index of the node that produces the value; undefined for graph inputs, initializers and absent (empty) names. */
  producerIndex(value: string): number | undefined {
    return this.producers.get(value);
  }

  producer(value: string): NodeProto | undefined {
    const index = this.producers.get(value);
    return index === undefined ? undefined : this.nodes[index];
  }

  /** Indices of the nodes that read the value, once for each time, subgraphs included. */
  consumers(value: string): readonly number[] {
    return this.consumersOf.get(value) ?? [];
  }

  isGraphOutput(value: string): boolean {
    return this.outputs.has(value);
  }

  /** The one node that reads the value; undefined if there are several or the value is a graph output. */
  soleConsumer(value: string): number | undefined {
    const consumers = this.consumers(value);
    return consumers.length === 1 && !this.outputs.has(value) ? consumers[0] : undefined;
  }

  private isDefined(value: string): boolean {
    return (
      this.producers.has(value) ||
      this.initializers.has(value) ||
      this.inputs.has(value) ||
      this.sparseInitializers.has(value)
    );
  }

  private addProducers(node: NodeProto, index: number): void {
    for (const output of node.output) {
      if (output === "") continue;
      if (this.isDefined(output)) throw invalid(`the value "${shownName(output)}" is defined twice`);
      this.producers.set(output, index);
    }
  }

  private addConsumers(node: NodeProto, index: number): void {
    for (const input of node.input) {
      if (input === "") continue;
      if (!this.isDefined(input)) throw invalid(`the value "${shownName(input)}" is used before it is defined`);
      this.addConsumer(input, index);
    }
    for (const name of namesInSubgraphs(node)) this.addConsumer(name, index);
  }

  private addConsumer(value: string, index: number): void {
    const consumers = this.consumersOf.get(value);
    if (consumers === undefined) this.consumersOf.set(value, [index]);
    else consumers.push(index);
  }
}

/** Names of all values read inside the node's subgraphs: some of them may be the outer graph's. */
export function namesInSubgraphs(node: NodeProto): Set<string> {
  const names = new Set<string>();
  const pending = subgraphs(node);
  for (let graph = pending.pop(); graph !== undefined; graph = pending.pop()) {
    for (const inner of graph.node) {
      for (const input of inner.input) names.add(input);
      for (const nested of subgraphs(inner)) pending.push(nested);
    }
    for (const output of graph.output) names.add(output.name);
  }
  return names;
}

function invalid(problem: string): BitwrightError {
  return new BitwrightError("model-invalid", problem, "Check the model with the ONNX checker and export it again");
}
