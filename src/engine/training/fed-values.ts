/** What a network is fed at every step, and what it writes back: names of the graph with the arrays that stand for them. */
import type { RuntimeTensor } from "../runtime";
import type { TrainingGraph } from "./differentiate";
import type { FoldableNormalization, NormalizationNames } from "./foldable-normalizations";
import type { Normalizations } from "./normalizations";

/** A value of the graph, and the tensor that stands for it. */
export type Named = [name: string, tensor: RuntimeTensor];

/** A constant of the model that comes in at every step. */
export interface FedConstant {
  readonly feed: Named;
  /** Receives the gradient; null where it is not trained. */
  readonly gradients: Float32Array | null;
}

export function fedConstant(
  name: string,
  values: Float32Array,
  gradients: Float32Array | null,
  dims: readonly number[] = [values.length],
): FedConstant {
  return { feed: [name, tensorOf(values, dims)], gradients };
}

/** Names of those that are trained, or of the others. */
export function namesOf(constants: readonly FedConstant[], isTrained: boolean): string[] {
  return constants.filter(({ gradients }) => (gradients !== null) === isTrained).map(({ feed: [name] }) => name);
}

/** What a normalization of steps alone is fed. */
export function normalizationConstants(
  { scales, scaleGradients, shifts, shiftGradients, means, variances }: FoldableNormalization,
  names: NormalizationNames,
): FedConstant[] {
  return [
    fedConstant(names.scales, scales, scaleGradients),
    fedConstant(names.shifts, shifts, shiftGradients),
    fedConstant(names.means, means, null),
    fedConstant(names.variances, variances, null),
  ];
}

/** Where the graph of a step writes its gradients. */
export function receivedGradients(constants: readonly FedConstant[], { gradients: outputs }: TrainingGraph): Named[] {
  return constants.flatMap(({ feed: [name, { dims }], gradients }): Named[] =>
    gradients === null ? [] : [[outputs.get(name)!, tensorOf(gradients, dims)]],
  );
}

/** Where it writes what running means and variances become. @param foldable with the names of each */
export function receivedStatistics(
  { statistics }: Normalizations,
  foldable: readonly (readonly [FoldableNormalization, NormalizationNames])[],
  { statistics: outputs }: TrainingGraph,
): Named[] {
  const received = (name: string, values: Float32Array): Named => [
    outputs.get(name)!,
    tensorOf(values, [values.length]),
  ];
  return [
    ...statistics.map(({ name, received: values }) => received(name, values)),
    ...foldable.flatMap(([{ nextMeans, nextVariances }, { means, variances }]) => [
      received(means, nextMeans),
      received(variances, nextVariances),
    ]),
  ];
}

function tensorOf(data: Float32Array, dims: readonly number[]): RuntimeTensor {
  return { type: "float32", dims, data };
}
