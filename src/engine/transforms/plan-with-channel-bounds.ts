/** The activation plan of a model whose Clips have a bound for every channel. */
import type { ActivationPlan } from "../activations/plan";
import { Constants } from "../graph/constants";
import { GraphIndex } from "../graph/graph";
import { isDefaultDomain, isOperator, type OnnxModel } from "../onnx/model";
import type { NodeProto } from "onnx-buf";

/** Operators whose output can be bounded before it is rounded. */
const BOUNDED: readonly string[] = ["Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul", "Relu", "Clip"];

/**
 * Takes a Max or Min with a constant for part of the operator before it, as a Relu or Clip is: what stands between them is not
 * rounded, and the layer's output point is behind it.
 */
export function planWithChannelBounds(model: OnnxModel, plan: ActivationPlan): ActivationPlan {
  const index = new GraphIndex(model.graph);
  const constants = new Constants(model, index);
  const isConstant = (value: string) => constants.isDerivedFromConstants(value);
  const interior = new Set(plan.interior);
  const groupOf = new Map(plan.groupOf);
  const outputPoint = new Map(plan.outputPoint);
  const chain = new Map(plan.chain);
  index.nodes.forEach((node, nodeIndex) => {
    const value = boundedValue(node, isConstant);
    const producer = value === undefined ? undefined : index.producer(value);
    if (value === undefined || producer === undefined || index.soleConsumer(value) !== nodeIndex) return;
    const fuses = isDefaultDomain(producer.domain) && BOUNDED.includes(producer.opType);
    if (!fuses && boundedValue(producer, isConstant) === undefined) return;
    interior.add(value);
    groupOf.delete(value);
    for (const [layer, point] of outputPoint) {
      if (point !== value) continue;
      outputPoint.set(layer, node.output[0]);
      chain.set(layer, [...(chain.get(layer) ?? []), nodeIndex]);
    }
  });
  return { ...plan, interior, groupOf, outputPoint, chain };
}

/** What a Max or Min with one constant bounds; undefined for all other nodes. */
function boundedValue(node: NodeProto, isConstant: (value: string) => boolean): string | undefined {
  if (!(isOperator(node, "Min") || isOperator(node, "Max")) || node.input.length !== 2) return undefined;
  const values = node.input.filter((input) => !isConstant(input));
  return values.length === 1 ? values[0] : undefined;
}
