/** Losses over a batch, with the gradient of each in closed form. */
import { BitwrightError } from "../../protocol/errors";
import type { TrainingLoss } from "../../protocol/training";
import { DataType } from "../onnx/data-types";
import type { GradientGraph } from "./gradients/gradient-graph";

/**
 * - `cross-entropy`: −ln of the labelled class's probability; labels are int64 class indices [batch]
 * - `mean-squared-error`: of all elements; targets have the output's shape
 * - `distillation`: cross-entropy against the classes' probabilities by a teacher, of which the logits are given; no labels
 */
export const LOSSES = ["cross-entropy", "mean-squared-error", "distillation"] as const satisfies TrainingLoss[];

export type LossName = TrainingLoss;

/** Values of the graph that a loss adds. */
export interface AddedLoss {
  /** A float scalar, the mean over the batch. */
  readonly loss: string;
  /** Samples of the batch whose highest score is the labelled class's, or the teacher's: an int64 scalar. */
  readonly correct: string | undefined;
  /** Gradient of the loss by the scores. */
  readonly gradient: string;
}

/** Element type of what a loss compares the model's output with. */
export function targetType(loss: LossName): number {
  return loss === "cross-entropy" ? DataType.INT64 : DataType.FLOAT;
}

/**
 * Adds the nodes of a loss and of its gradient.
 * @param scores the model's output: logits [batch, classes] for the two losses over classes, where further axes are
 *   taken as classes too
 * @param target see {@link LOSSES}
 */
export function addLoss(graph: GradientGraph, name: LossName, scores: string, target: string): AddedLoss {
  switch (name) {
    case "cross-entropy":
      return crossEntropy(graph, scores, target);
    case "mean-squared-error":
      return meanSquaredError(graph, scores, target);
    case "distillation":
      return distillation(graph, scores, target);
    default:
      throw new BitwrightError("recipe-invalid", `there is no loss "${String(name)}"`, `Choose ${LOSSES.join(", ")}`);
  }
}

/** The gradient by the logits is (softmax − one-hot) / batch. */
function crossEntropy(graph: GradientGraph, scores: string, labels: string): AddedLoss {
  const logits = graph.add("Flatten", [scores], { axis: 1 });
  const logProbabilities = graph.add("LogSoftmax", [logits], { axis: -1 });
  const column = graph.add("Unsqueeze", [labels, graph.int64s([1])]);
  const chosen = graph.add("GatherElements", [logProbabilities, column], { axis: 1 });
  const loss = graph.add("Neg", [graph.add("ReduceMean", [chosen], { keepdims: 0 })]);
  const classes = graph.add("Shape", [logits], { start: 1 });
  const oneHot = graph.add("OneHot", [labels, classes, graph.floats([0, 1])], { axis: -1 });
  return {
    loss,
    correct: matching(graph, logits, labels),
    gradient: errorPerSample(graph, scores, logProbabilities, oneHot),
  };
}

/** Cross-entropy with a teacher's probabilities in place of the labels: the KL divergence plus what training cannot change. */
function distillation(graph: GradientGraph, scores: string, teacher: string): AddedLoss {
  const logits = graph.add("Flatten", [scores], { axis: 1 });
  const teacherLogits = graph.add("Flatten", [teacher], { axis: 1 });
  const logProbabilities = graph.add("LogSoftmax", [logits], { axis: -1 });
  const probabilities = graph.add("Softmax", [teacherLogits], { axis: -1 });
  const total = graph.add("ReduceSum", [graph.add("Mul", [probabilities, logProbabilities])], { keepdims: 0 });
  const loss = graph.add("Neg", [graph.add("Div", [total, batchSize(graph, scores)])]);
  const teacherClasses = graph.add("ArgMax", [teacherLogits], { axis: 1, keepdims: 0 });
  const gradient = errorPerSample(graph, scores, logProbabilities, probabilities);
  return { loss, correct: matching(graph, logits, teacherClasses), gradient };
}

function meanSquaredError(graph: GradientGraph, scores: string, target: string): AddedLoss {
  const error = graph.add("Sub", [scores, target]);
  const loss = graph.add("ReduceMean", [graph.add("Mul", [error, error])], { keepdims: 0 });
  const factor = graph.add("Div", [graph.scalar(2), graph.size(error)]);
  return { loss, correct: undefined, gradient: graph.add("Mul", [error, factor]) };
}

/** (softmax − wanted probabilities) / batch, in the scores' own shape. */
function errorPerSample(graph: GradientGraph, scores: string, logProbabilities: string, wanted: string): string {
  const error = graph.add("Sub", [graph.add("Exp", [logProbabilities]), wanted]);
  return graph.reshapeLike(graph.add("Div", [error, batchSize(graph, scores)]), scores);
}

function batchSize(graph: GradientGraph, scores: string): string {
  const batch = graph.add("Cast", [graph.add("Shape", [scores], { start: 0, end: 1 })], { to: DataType.FLOAT });
  return graph.add("Reshape", [batch, graph.int64s([])]);
}

function matching(graph: GradientGraph, logits: string, classes: string): string {
  const chosen = graph.add("ArgMax", [logits], { axis: 1, keepdims: 0 });
  const equal = graph.add("Cast", [graph.add("Equal", [chosen, classes])], { to: DataType.INT64 });
  return graph.add("ReduceSum", [equal], { keepdims: 0 });
}
