/** Names of nodes as people and recipes use them. */
import type { NodeProto } from "onnx-buf";

/** The node's name; many exporters leave it empty, and then it is the node's first output that tells nodes apart. */
export function nameOrOutput(node: NodeProto, index?: number): string {
  if (node.name !== "") return node.name;
  return node.output.find((output) => output !== "") ?? (index === undefined ? node.opType : `${node.opType}_${index}`);
}

/** Hands out each name once; a name that is taken gets the suffix `_2`, `_3`, … */
export class UniqueNames {
  private readonly taken: Set<string>;
  private readonly next = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.taken = new Set(taken);
  }

  add(wanted: string): string {
    let name = wanted;
    let number = this.next.get(wanted) ?? 2;
    while (this.taken.has(name)) name = `${wanted}_${number++}`;
    this.next.set(wanted, number);
    this.taken.add(name);
    return name;
  }
}
