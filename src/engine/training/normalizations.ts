/** Batch normalizations that are trained by statistics of the batch: their constants as flat arrays. */
import type { OnnxModel } from "../onnx/model";
import { isOperator } from "../onnx/model";
import { decodeFloatTensor } from "../onnx/tensor-data";

/** A scale or bias, or a running mean or variance. */
export interface NormalizationConstant {
  /** Of the constant in the model. */
  readonly name: string;
  readonly values: Float32Array;
  /** Receives the gradient, or for running statistics what they become. */
  readonly received: Float32Array;
}

export interface Normalizations {
  /** Scales and biases. */
  readonly parameters: readonly NormalizationConstant[];
  /** Running means and variances. */
  readonly statistics: readonly NormalizationConstant[];
}

export const NO_NORMALIZATIONS: Normalizations = { parameters: [], statistics: [] };

/** Those of all batch normalizations of the model, each constant once. */
export function normalizationsOf({ graph, source }: OnnxModel): Normalizations {
  const nodes = graph.node.filter((node) => isOperator(node, "BatchNormalization"));
  const constants = (start: number, end: number): NormalizationConstant[] => {
    const wanted = new Set(nodes.flatMap(({ input }) => input.slice(start, end)));
    return graph.initializer.flatMap((tensor) => {
      if (!wanted.has(tensor.name)) return [];
      const values = decodeFloatTensor(tensor, source).values.slice();
      return [{ name: tensor.name, values, received: new Float32Array(values.length) }];
    });
  };
  return { parameters: constants(1, 3), statistics: constants(3, 5) };
}
