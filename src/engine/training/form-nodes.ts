/** The nodes that stand for one node of a model. */
import { NodeProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import type { UniqueNames } from "../graph/names";
import { makeFloatTensor, makeInt64Tensor, makeNode, type AttributeContent } from "../onnx/build";
import { copyOf } from "../onnx/model";

export class FormNodes {
  readonly nodes: NodeProto[] = [];

  /** @param initializers gets the constants */
  constructor(
    private readonly names: UniqueNames,
    private readonly initializers: TensorProto[],
  ) {}

  /** Adds a node with an output of its own, and returns that. */
  add(
    opType: string,
    inputs: readonly string[],
    wanted: string,
    attributes: Readonly<Record<string, AttributeContent>> = {},
  ): string {
    const output = this.names.add(wanted);
    this.nodes.push(makeNode(opType, inputs, output, attributes));
    return output;
  }

  /** Adds a copy of the node on other inputs; its outputs are the node's unless another one is named. */
  replace(node: NodeProto, inputs: readonly string[], output: string = node.output[0]): string {
    const copy = copyOf(NodeProtoSchema, node);
    copy.input = [...inputs];
    copy.output = [output];
    this.nodes.push(copy);
    return output;
  }

  name(wanted: string): string {
    return this.names.add(wanted);
  }

  int64s(wanted: string, values: readonly number[]): string {
    const name = this.names.add(wanted);
    this.initializers.push(makeInt64Tensor(name, [values.length], values.map(BigInt)));
    return name;
  }

  /** A scalar. */
  int64(wanted: string, value: bigint): string {
    const name = this.names.add(wanted);
    this.initializers.push(makeInt64Tensor(name, [], [value]));
    return name;
  }

  scalar(wanted: string, value: number): string {
    const name = this.names.add(wanted);
    this.initializers.push(makeFloatTensor(name, [], [value]));
    return name;
  }
}
