/** The chain rule over a graph, from the last node to the first. */
import type { NodeProto } from "onnx-buf";
import { isDefaultDomain } from "../../onnx/model";
import type { GradientGraph } from "./gradient-graph";
import { notDifferentiable } from "./refusal";
import { gradientRule } from "./registry";

/**
 * Adds the nodes of the backward pass to the graph; only the part that leads to a trainable value is differentiated.
 *
 * @param nodes the nodes of the forward pass, in topological order
 * @param seeds gradients of values that are known already: those of what the loss reads
 * @returns names of the gradients of the trainable values that the seeded values depend on
 * @throws BitwrightError operator-unsupported naming the node, where an operator between has no rule
 */
export function addBackwardPass(
  graph: GradientGraph,
  nodes: readonly NodeProto[],
  trainable: readonly string[],
  seeds: ReadonlyMap<string, string>,
): Map<string, string> {
  const active = dependents(nodes, trainable);
  const parts = new Map(Array.from(seeds, ([value, gradient]) => [value, [gradient]]));
  const total = (value: string): string | undefined => {
    const terms = parts.get(value);
    if (terms === undefined || terms.length < 2) return terms?.[0];
    const sum = graph.add("Sum", terms);
    parts.set(value, [sum]);
    return sum;
  };
  for (const node of nodes.toReversed()) {
    if (!node.input.some((input) => active.has(input))) continue;
    const gradients = node.output.map(total);
    const gradient = gradients.find((name) => name !== undefined);
    if (gradient === undefined) continue;
    const rule = gradientRule(node);
    if (rule === undefined) throw notDifferentiable(node, "Bitwright has no gradient of this operator");
    rule({ node, gradient, gradients, graph }).forEach((inputGradient, position) => {
      const input = node.input[position] ?? "";
      if (inputGradient === null || !active.has(input)) return;
      const terms = parts.get(input);
      if (terms === undefined) parts.set(input, [inputGradient()]);
      else terms.push(inputGradient());
    });
  }
  const found = trainable.map((name) => [name, total(name)] as const);
  return new Map(found.flatMap(([name, gradient]) => (gradient === undefined ? [] : [[name, gradient] as const])));
}

/** Operators whose outputs say nothing that changes smoothly with the values of their inputs: shapes, positions and truths. */
const DISCRETE: ReadonlySet<string> = new Set(
  "And ArgMax ArgMin ConstantOfShape Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual NonZero Not Or Shape Size Xor".split(
    " ",
  ),
);

/** All values that change smoothly with the given ones, themselves included. */
function dependents(nodes: readonly NodeProto[], values: readonly string[]): Set<string> {
  const found = new Set(values);
  for (const node of nodes) {
    if (isDefaultDomain(node.domain) && DISCRETE.has(node.opType)) continue;
    if (node.input.some((input) => found.has(input))) for (const output of node.output) found.add(output);
  }
  found.delete("");
  return found;
}
