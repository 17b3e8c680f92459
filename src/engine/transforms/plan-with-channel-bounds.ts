/** The activation plan of a model whose Clips have a bound for every channel. */
import type { NodeProto } from "onnx-buf";
import type { ActivationPlan } from "../activations/plan";
import { Constants } from "../graph/constants";
import { GraphIndex } from "../graph/graph";
import { isDefaultDomain, isOperator, type OnnxModel } from "../onnx/model";

/** Operators whose output a bound may follow. */
const BOUNDED: readonly string[] = [
  ...["Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul", "Relu", "Clip"],
  ...["Max", "Min"],
];

/** A Max or Min with a constant, and the value that it bounds. */
interface Bound {
  readonly nodeIndex: number;
  readonly value: string;
  readonly output: string;
}

/**
 * Takes a Max or Min with a constant for part of the operator before it, as a Relu or Clip is: the layer's output point is
 * behind it, and what it bounds has the codes of its result. Such codes saturate where the result does, and are bounded as
 * integers, so that nothing is lost by them.
 */
export function planWithChannelBounds(model: OnnxModel, plan: ActivationPlan): ActivationPlan {
  const joined = new Map(plan.groupOf);
  const bounds: Bound[] = [];
  for (const bound of boundsOf(model).toReversed()) {
    const own = plan.groupOf.get(bound.value);
    const group = joined.get(bound.output);
    if (group === undefined || (own !== undefined && plan.groups[own].values.length > 1)) continue;
    joined.set(bound.value, group);
    bounds.unshift(bound);
  }
  const outputPoint = new Map(plan.outputPoint);
  const chain = new Map(plan.chain);
  for (const { nodeIndex, value, output } of bounds) {
    for (const [layer, point] of outputPoint) {
      if (point !== value) continue;
      outputPoint.set(layer, output);
      chain.set(layer, [...(chain.get(layer) ?? []), nodeIndex]);
    }
  }
  const left = plan.left.filter(({ value }) => !joined.has(value));
  return { ...plan, ...regrouped(plan, joined), outputPoint, chain, left };
}

/** In the order of the graph. */
function boundsOf(model: OnnxModel): Bound[] {
  const index = new GraphIndex(model.graph);
  const constants = new Constants(model, index);
  return index.nodes.flatMap((node, nodeIndex) => {
    const value = boundedValue(node, constants);
    const producer = value === undefined ? undefined : index.producer(value);
    if (value === undefined || producer === undefined || index.soleConsumer(value) !== nodeIndex) return [];
    const follows = isDefaultDomain(producer.domain) && BOUNDED.includes(producer.opType);
    return follows ? [{ nodeIndex, value, output: node.output[0] }] : [];
  });
}

/** What a Max or Min with one constant bounds; undefined for all other nodes. */
function boundedValue(node: NodeProto, constants: Constants): string | undefined {
  if (!(isOperator(node, "Min") || isOperator(node, "Max")) || node.input.length !== 2) return undefined;
  const values = node.input.filter((input) => !constants.isDerivedFromConstants(input));
  return values.length === 1 ? values[0] : undefined;
}

/** The groups with the values that joined others, and without those that are empty now; ranges are decided as before. */
function regrouped(
  { groups, groupOf }: ActivationPlan,
  joined: ReadonlyMap<string, number>,
): Pick<ActivationPlan, "groups" | "groupOf"> {
  const moved = [...joined].filter(([value, group]) => groupOf.get(value) !== group);
  const kept = groups.flatMap((group, number) => {
    const stays = group.values.filter((value) => joined.get(value) === number);
    const arrived = moved.filter(([, target]) => target === number).map(([value]) => value);
    return stays.length === 0 ? [] : [{ number, group: { ...group, values: [...arrived, ...stays] } }];
  });
  const numbers = new Map(kept.map(({ number }, position) => [number, position]));
  return {
    groups: kept.map(({ group }) => group),
    groupOf: new Map([...joined].map(([value, group]) => [value, numbers.get(group)!])),
  };
}
