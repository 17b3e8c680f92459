/** Batch normalization as it is trained: by mean and variance of the batch, while running ones follow for later. */
import type { NodeProto } from "onnx-buf";
import { floatAttribute } from "../graph/attributes";
import { isOperator, type OnnxModel } from "../onnx/model";
import type { FormNodes } from "./form-nodes";

/** A statistic of a batch normalization that training keeps up to date. */
export interface RunningStatistic {
  /** Name of the constant that holds it in the model. */
  readonly name: string;
  /** The value that it has after the batch. */
  readonly updated: string;
}

/** Names of the running means and variances of those batch normalizations of a model that are asked for. */
export function runningStatistics({ graph }: OnnxModel, isWanted: (node: NodeProto) => boolean): string[] {
  return graph.node.flatMap((node) =>
    isOperator(node, "BatchNormalization") && isWanted(node) ? node.input.slice(3, 5) : [],
  );
}

/**
 * The nodes of one batch normalization by statistics of the batch, over all axes but the second (Ioffe, Szegedy 2015, algorithm 1). Running
 * statistics become momentum · old + (1 − momentum) · new, the variance being that of the batch itself, as ONNX has it.
 */
export function byBatchStatistics(node: NodeProto, forms: FormNodes): readonly RunningStatistic[] {
  const [x, scale, bias, ...running] = node.input;
  const [y] = node.output;
  const momentum = floatAttribute(node, "momentum", 0.9);
  const overBatch = forms.int64s(`${y}_axes`, [0, 2]);
  const add = (opType: string, inputs: readonly string[], part: string, attributes = {}) =>
    forms.add(opType, inputs, `${y}_${part}`, attributes);
  const flat = add("Reshape", [x, forms.int64s(`${y}_flat_shape`, [0, 0, -1])], "flat");
  const mean = add("ReduceMean", [flat, overBatch], "mean", { keepdims: 0 });
  const column = add("Unsqueeze", [mean, forms.int64s(`${y}_column`, [1])], "mean_column");
  const centred = add("Sub", [flat, column], "centred");
  const squares = add("Mul", [centred, centred], "squares");
  const variance = add("ReduceMean", [squares, overBatch], "variance", { keepdims: 0 });
  forms.replace(node, [x, scale, bias, mean, variance]);
  return running.map((name, index) => {
    const kept = add("Mul", [name, forms.scalar(`${y}_momentum`, momentum)], "kept");
    const added = add("Mul", [[mean, variance][index], forms.scalar(`${y}_share`, 1 - momentum)], "added");
    return { name, updated: add("Add", [kept, added], "updated") };
  });
}
