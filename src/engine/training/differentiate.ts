/** From a model to the graph of one training step: forward pass, loss and gradients. */
import type { NodeProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../protocol/errors";
import { intAttribute } from "../graph/attributes";
import { GraphIndex } from "../graph/graph";
import { UniqueNames } from "../graph/names";
import { makeValue } from "../onnx/build";
import { DataType, dataTypeName } from "../onnx/data-types";
import { isOperator, type OnnxModel } from "../onnx/model";
import { upgradeOpset } from "../onnx/upgrade/upgrade";
import { namesWithin } from "../onnx/upgrade/scope";
import { runningStatistics } from "./batch-statistics";
import { addBackwardPass } from "./gradients/backward";
import { GradientGraph, OPSET } from "./gradients/gradient-graph";
import { addLoss, targetType, type AddedLoss, type LossName } from "./losses";
import { withTrainableForms } from "./trainable-forms";
import { withConstantsAsInputs } from "./trainable-inputs";

export interface DifferentiateOptions {
  /** Names of the float initializers that are trained. */
  readonly trainable: readonly string[];
  readonly loss: LossName;
  /** Names of further float initializers that change from step to step, and are inputs without being trained. */
  readonly changing?: readonly string[];
  /** The output that the loss looks at; the model's first by default. */
  readonly output?: string;
  /** Further values of the model that the graph of a step puts out, of type float. */
  readonly observed?: readonly string[];
  /**
   * Which batch normalizations use mean and variance of the batch in a step; in evaluation they use the running ones,
   * which are then inputs of both graphs. By default those of the model are used as they are.
   */
  readonly batchStatistics?: (node: NodeProto) => boolean;
  /** Whether Dropout takes something off in a step; by default it passes everything on. */
  readonly dropout?: boolean;
}

/** The graph of a training step. All names are of values in both models. */
export interface TrainingGraph {
  /**
   * Serialized ModelProto that computes loss, correct, scores and all gradients. Inputs are the model's own, each trainable value
   * under its own name, and the target.
   */
  readonly model: Uint8Array;
  /** The same without the gradients. */
  readonly evaluation: Uint8Array;
  /** The input to compare with: int64 [batch] labels for cross-entropy, else float of the shape of the scores. */
  readonly target: string;
  /** Input of the step alone: an int64 scalar of 32 bits, another one a step, where Dropout takes something off; else undefined. */
  readonly dropoutSeed: string | undefined;
  /** Output: a float scalar, the mean over the batch. */
  readonly loss: string;
  /** Output: how many samples of the batch got the labelled or the teacher's class, an int64 scalar; undefined without classes. */
  readonly correct: string | undefined;
  /**
   * Output: what the loss looks at. The model's output, or for losses over classes, where that comes from a Softmax over
   * the last axis, rounded or not, the logits before it. A value of the original model too: a teacher is asked for it.
   */
  readonly scores: string;
  /** Outputs: the gradient of the loss by each trainable value, in its shape. */
  readonly gradients: ReadonlyMap<string, string>;
  /** Outputs of the step alone: what each running mean and variance becomes, to be fed under its name from the next step on. */
  readonly statistics: ReadonlyMap<string, string>;
}

/**
 * Differentiates a model's loss by chosen constants, which become inputs: who trains with quantized weights feeds those,
 * and takes the gradient by them for that by the float weights (straight-through estimator, Ivan, Quantization Schemes
 * For Training Neural Networks).
 *
 * @throws BitwrightError operator-unsupported naming the first operator, from the loss on, that has no gradient;
 *   not-available naming a value that is no constant, or that the loss does not depend on; tensor-type for constants or
 *   an output that are not float; model-opset
 */
export function differentiate(original: OnnxModel, options: DifferentiateOptions): TrainingGraph {
  const model = upgradeOpset(original, OPSET);
  const { observed = [], trainable } = options;
  const { graph, nodes, target, dropoutSeed, scores, added, statistics } = withLoss(model, options, true);
  const gradients = addBackwardPass(graph, nodes, trainable, new Map([[scores, added.gradient]]));
  const unused = trainable.find((name) => !gradients.has(name));
  if (unused !== undefined) {
    throw new BitwrightError(
      "not-available",
      `the loss does not depend on "${shownName(unused)}"`,
      "Leave it out of what is trained",
    );
  }
  const { loss, correct } = added;
  const common = [loss, scores, ...(correct === undefined ? [] : [correct])];
  // What forms of nodes add is named unlike what a loss adds, so that names are the same in steps and in evaluation.
  const differs = statistics.size > 0 || dropoutSeed !== undefined;
  const inference = differs ? withLoss(model, options, false).graph : graph;
  return {
    model: graph.encode([...common, ...gradients.values(), ...statistics.values(), ...observed]),
    evaluation: inference.encode(common),
    target,
    dropoutSeed,
    loss,
    correct,
    scores,
    gradients,
    statistics,
  };
}

interface GraphWithLoss {
  readonly graph: GradientGraph;
  /** Of the forward pass. */
  readonly nodes: readonly NodeProto[];
  readonly target: string;
  readonly dropoutSeed: string | undefined;
  readonly scores: string;
  readonly added: AddedLoss;
  readonly statistics: ReadonlyMap<string, string>;
}

/** The model with what is trained as inputs, and the loss behind it. @param isStep not for evaluation */
function withLoss(original: OnnxModel, options: DifferentiateOptions, isStep: boolean): GraphWithLoss {
  const names = new UniqueNames(namesWithin(original.graph));
  const target = names.add("target");
  const drops = options.dropout === true && original.graph.node.some((node) => isOperator(node, "Dropout"));
  const dropoutSeed = drops && isStep ? names.add("dropout_seed") : undefined;
  const { batchStatistics } = options;
  const forms = withTrainableForms(original, { batchStatistics: isStep ? batchStatistics : undefined, dropoutSeed });
  const running = batchStatistics === undefined ? [] : runningStatistics(original, batchStatistics);
  const scores = scoresOf(original, options);
  const shape = options.loss === "cross-entropy" ? ["batch"] : undefined;
  const further = [makeValue(target, targetType(options.loss), shape)];
  if (dropoutSeed !== undefined) further.push(makeValue(dropoutSeed, DataType.INT64, []));
  const { model, dims } = withConstantsAsInputs(
    forms.model,
    [...options.trainable, ...(options.changing ?? []), ...running],
    further,
  );
  const graph = new GradientGraph(model, dims);
  const added = addLoss(graph, options.loss, scores, target);
  if (added.correct !== undefined) graph.addOutput(added.correct, DataType.INT64);
  const statistics = new Map(forms.statistics.map(({ name, updated }) => [name, updated]));
  return { graph, nodes: model.graph.node, target, dropoutSeed, scores, added, statistics };
}

/** The axis of the classes in [batch, classes], and in [batch, classes, 1, 1]. */
const CLASS_AXES = [-1, 1];

/** What stands between Softmax and the output of a quantized model. */
const ROUNDING = ["DequantizeLinear", "QuantizeLinear", "Clip", "Max"];

function producerBeforeRounding(index: GraphIndex, value: string): NodeProto | undefined {
  const producer = index.producer(value);
  const rounds = producer !== undefined && ROUNDING.some((operator) => isOperator(producer, operator));
  return rounds ? producerBeforeRounding(index, producer.input[0]) : producer;
}

/** What the loss is computed from: see {@link TrainingGraph.scores}. */
function scoresOf({ graph }: OnnxModel, { output, loss }: DifferentiateOptions): string {
  const name = output ?? graph.output.at(0)?.name ?? "";
  const found = graph.output.find((value) => value.name === name);
  if (found === undefined) {
    throw new BitwrightError(
      "not-available",
      `the model has no output "${shownName(name)}"`,
      "Name one of its outputs",
    );
  }
  const type = found.type?.value;
  if (type?.case === "tensorType" && type.value.elemType !== DataType.FLOAT) {
    throw new BitwrightError(
      "tensor-type",
      `the output "${shownName(name)}" is ${dataTypeName(type.value.elemType)}, and training needs float`,
      "Export the model in single precision",
    );
  }
  if (loss === "mean-squared-error") return name;
  const producer = producerBeforeRounding(new GraphIndex(graph), name);
  const endsInSoftmax = producer !== undefined && isOperator(producer, "Softmax");
  return endsInSoftmax && CLASS_AXES.includes(intAttribute(producer, "axis", -1)) ? producer.input[0] : name;
}
