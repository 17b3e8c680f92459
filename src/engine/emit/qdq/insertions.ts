/** Constants and nodes to be added to a graph; each node goes before the first one that reads it. */
import type { NodeProto, TensorProto } from "onnx-buf";
import { namesInSubgraphs } from "../../graph/graph";
import type { UniqueNames } from "../../graph/names";
import { makeNode, makeTensor, type AttributeContent } from "../../onnx/build";

export class Insertions {
  readonly initializers: TensorProto[] = [];
  private readonly pending = new Map<string, NodeProto>();

  /** @param names taken so far by values and nodes */
  constructor(private readonly names: UniqueNames) {}

  name(wanted: string): string {
    return this.names.add(wanted);
  }

  /** Adds a constant and returns its name. */
  constant(wanted: string, dataType: number, dims: readonly number[], rawData: Uint8Array): string {
    const name = this.names.add(wanted);
    this.initializers.push(makeTensor(name, dataType, dims, rawData));
    return name;
  }

  /** Adds a node and returns the name of its output. */
  node(
    opType: string,
    inputs: readonly string[],
    wanted: string,
    attributes: Readonly<Record<string, AttributeContent>> = {},
  ): string {
    const output = this.names.add(wanted);
    this.pending.set(output, makeNode(opType, inputs, output, attributes));
    return output;
  }

  /** Adds a node that makes a value whose name is taken already, by whoever reads it, and maybe by another node. */
  nodeFor(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, AttributeContent>> = {},
  ): void {
    const node = makeNode(opType, inputs, output, attributes);
    node.name = this.names.add(`${output}_${opType}`);
    this.pending.set(output, node);
  }

  /** The nodes with the added ones among them, in an order in which each value is made before it is read. */
  placedAmong(nodes: readonly NodeProto[], outputs: readonly string[]): NodeProto[] {
    const pending = new Map(this.pending);
    const placed: NodeProto[] = [];
    const place = (value: string): void => {
      const node = pending.get(value);
      if (node === undefined) return;
      pending.delete(value);
      node.input.forEach(place);
      placed.push(node);
    };
    for (const node of nodes) {
      node.input.forEach(place);
      namesInSubgraphs(node).forEach(place);
      placed.push(node);
    }
    outputs.forEach(place);
    return placed;
  }
}
