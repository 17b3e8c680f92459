/** The forms of operators that the gradient rules are written for. */
import { NodeProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { intAttribute, intsAttribute } from "../graph/attributes";
import { UniqueNames } from "../graph/names";
import { replaceNodes } from "../graph/rewrite";
import { makeNode } from "../onnx/build";
import { copyOf, isOperator, type OnnxModel } from "../onnx/model";
import { namesWithin } from "../onnx/upgrade/scope";
import { padExplicitly, padsAutomatically } from "./automatic-padding";
import { byBatchStatistics, type RunningStatistic } from "./batch-statistics";
import { dropOut } from "./dropout";
import { FormNodes } from "./form-nodes";
import { notDifferentiable } from "./gradients/refusal";

export interface TrainingForms {
  /** Which batch normalizations use mean and variance of the batch; none where left out. */
  readonly batchStatistics?: ((node: NodeProto) => boolean) | undefined;
  /** The int64 scalar that decides over what Dropout takes off; it passes everything on where left out. */
  readonly dropoutSeed?: string | undefined;
}

export interface TrainableForms {
  readonly model: OnnxModel;
  /** Those of all batch normalizations that use statistics of the batch. */
  readonly statistics: readonly RunningStatistic[];
}

/**
 * The same function with nodes that backward passes can look at: MaxPool tells where its maxima were, padding that the runtime
 * would choose (auto_pad) is written out, and Dropout, which passes everything on outside of training, is Identity.
 *
 * @param training what makes it another function while it is trained
 * @throws BitwrightError operator-unsupported, where the padding depends on weights whose shape is not known
 */
export function withTrainableForms(model: OnnxModel, training: TrainingForms = {}): TrainableForms {
  const { graph } = model;
  const names = new UniqueNames(namesWithin(graph));
  const dims = new Map(graph.initializer.map((tensor) => [tensor.name, tensor.dims.map(Number)]));
  const initializers: TensorProto[] = [];
  const statistics: RunningStatistic[] = [];
  const replacements = new Map<number, readonly NodeProto[]>();
  graph.node.forEach((node, index) => {
    const forms = new FormNodes(names, initializers);
    if (isOperator(node, "MaxPool")) {
      if ((node.output.at(1) ?? "") === "") forms.nodes.push(withPositions(node, forms));
    } else if (isOperator(node, "Dropout")) {
      if (training.dropoutSeed !== undefined) dropOut(node, training.dropoutSeed, index, forms);
      else if (node.output.length === 1) forms.nodes.push(makeNode("Identity", [node.input[0]], node.output[0]));
    } else if (isOperator(node, "BatchNormalization")) {
      if (training.batchStatistics?.(node) === true) statistics.push(...byBatchStatistics(node, forms));
      else if (intAttribute(node, "training_mode", 0) === 1) throw notDifferentiable(node, "it is in training mode");
    } else if (PADDED.some((operator) => isOperator(node, operator)) && padsAutomatically(node)) {
      const kernel = intsAttribute(node, "kernel_shape") ?? dims.get(node.input[1] ?? "")?.slice(2);
      if (kernel === undefined) throw notDifferentiable(node, "the shape of its weights is known only when it runs");
      padExplicitly(node, kernel, forms);
    }
    if (forms.nodes.length > 0) replacements.set(index, forms.nodes);
  });
  const changed = replacements.size === 0 ? model : replaceNodes(model, replacements, initializers);
  return { model: changed, statistics };
}

/** Operators with windows for which the rules need explicit padding. */
const PADDED = ["Conv", "AveragePool"];

function withPositions(node: NodeProto, forms: FormNodes): NodeProto {
  const copy = copyOf(NodeProtoSchema, node);
  copy.output = [node.output[0], forms.name(`${node.output[0]}_positions`)];
  return copy;
}
