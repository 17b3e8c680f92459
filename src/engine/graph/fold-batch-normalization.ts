/**
 * Folds batch normalizations in inference form into the layer before them:
 * `γ·(W∗x + b − μ)/√(σ² + ε) + β = (s·W)∗x + s·(b − μ) + β` with `s = γ/√(σ² + ε)` for each output channel.
 */
import { create } from "@bufbuild/protobuf";
import { NodeProtoSchema, TensorProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import { DataType } from "../onnx/data-types";
import { copyOf, isOperator, type OnnxModel } from "../onnx/model";
import type { FloatTensor } from "../onnx/tensor";
import { floatAttribute, intAttribute } from "./attributes";
import { channelValues, findBias } from "./bias";
import { Constants, originType } from "./constants";
import { GraphIndex, namesInSubgraphs } from "./graph";
import { toChannelMajor, toOnnxOrder, type WeightLayout } from "./layout";
import { nameOrOutput, UniqueNames } from "./names";
import { layerOperator, weightSlots } from "./operators";
import { replaceNodes } from "./rewrite";

/** One batch normalization that is now part of another node. */
export interface FoldedBatchNormalization {
  readonly batchNormalization: string;
  /** The node that it went into. */
  readonly node: string;
  /** First output of that node, in the folded model. */
  readonly output: string;
  /** All nodes that went into it: the batch normalization and, where there was one, the bias addition before it. */
  readonly fused: readonly string[];
}

export interface FoldedModel {
  readonly model: OnnxModel;
  readonly folds: readonly FoldedBatchNormalization[];
}

/** Default of the operator's epsilon attribute. */
const DEFAULT_EPSILON = 1e-5;

const FOLDABLE = ["Conv", "ConvTranspose", "Gemm"];

/**
 * Folds every BatchNormalization whose input comes from a Conv, ConvTranspose or Gemm with constant float weights, directly
 * or through an Add of a per-channel constant, and is read by nothing else. Computes in double precision. All others stay
 * where they are.
 *
 * @returns a model that shares all unchanged parts with the given one, which is not touched
 * @throws BitwrightError as findLayers
 */
export function foldBatchNormalization(model: OnnxModel): FoldedModel {
  try {
    return fold(model);
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ model: model.source.name });
  }
}

/** A batch normalization and what it can be folded into. */
interface Match {
  readonly target: NodeProto;
  readonly targetIndex: number;
  /** Index of the bias addition between the two. */
  readonly additionIndex: number | null;
  readonly weights: FloatTensor;
  readonly layout: WeightLayout;
  /** Bias of the target and the addition together, double precision. */
  readonly bias: Float64Array;
  readonly biasName: string;
}

function fold(model: OnnxModel): FoldedModel {
  const index = new GraphIndex(model.graph);
  const constants = new Constants(model, index);
  const names = new UniqueNames(usedNames(model));
  const replacements = new Map<number, NodeProto | null>();
  const initializers: TensorProto[] = [];
  const folds: FoldedBatchNormalization[] = [];
  index.nodes.forEach((node, nodeIndex) => {
    const match = isFoldableForm(node, index) ? findMatch(node, nodeIndex, index, constants) : null;
    const folded = match && foldedConstants(node, match, constants);
    if (match === null || folded === null) return;
    const { target, targetIndex, additionIndex } = match;
    const weight = floatInitializer(names.add(`${target.input[1]}_folded`), match.weights.dims, folded.weights);
    const bias = floatInitializer(names.add(`${match.biasName}_folded`), [folded.bias.length], folded.bias);
    initializers.push(weight, bias);
    replacements.set(targetIndex, withConstants(target, weight.name, bias.name, node.output[0]));
    replacements.set(nodeIndex, null);
    if (additionIndex !== null) replacements.set(additionIndex, null);
    const merged = additionIndex === null ? [node] : [index.nodes[additionIndex], node];
    folds.push({
      batchNormalization: nameOrOutput(node),
      node: nameOrOutput(target),
      output: node.output[0],
      fused: merged.map((item) => nameOrOutput(item)),
    });
  });
  return folds.length === 0 ? { model, folds } : { model: replaceNodes(model, replacements, initializers), folds };
}

/** Whether the node normalizes with fixed statistics, per channel, and has nothing but the normalized output. */
function isFoldableForm(node: NodeProto, index: GraphIndex): boolean {
  if (!isOperator(node, "BatchNormalization") || node.input.length !== 5 || (node.output[0] ?? "") === "") return false;
  const statisticsUnused = node.output
    .slice(1)
    .every((output) => output === "" || (index.consumers(output).length === 0 && !index.isGraphOutput(output)));
  return intAttribute(node, "training_mode", 0) === 0 && intAttribute(node, "spatial", 1) === 1 && statisticsUnused;
}

function findMatch(node: NodeProto, nodeIndex: number, index: GraphIndex, constants: Constants): Match | null {
  const normalized = node.input[0];
  const producerIndex = index.soleConsumer(normalized) === nodeIndex ? index.producerIndex(normalized) : undefined;
  if (producerIndex === undefined) return null;
  const producer = index.nodes[producerIndex];
  if (!isOperator(producer, "Add")) return matchTarget(producerIndex, null, index, constants);
  for (const input of producer.input) {
    const targetIndex = index.soleConsumer(input) === producerIndex ? index.producerIndex(input) : undefined;
    const match = targetIndex === undefined ? null : matchTarget(targetIndex, producerIndex, index, constants);
    if (match !== null) return match;
  }
  return null;
}

function matchTarget(
  targetIndex: number,
  additionIndex: number | null,
  index: GraphIndex,
  constants: Constants,
): Match | null {
  const target = index.nodes[targetIndex];
  const operator = layerOperator(target);
  if (operator === undefined || !FOLDABLE.includes(operator)) return null;
  const [slot] = weightSlots(target, operator, constants);
  const origin = constants.origin(target.input[slot.input] ?? "");
  const weights = constants.float(target.input[slot.input] ?? "");
  if (slot.input !== 1 || origin === undefined || weights === undefined || weights.values.length === 0) return null;
  if (originType(origin) !== DataType.FLOAT) return null;
  const layout = slot.layout(weights.dims);
  const found = findBias(target, slot, weights.dims.length, layout, index, constants);
  const ownName = target.input[2] ?? "";
  if (ownName !== "" && found === null) return null;
  const bias = Float64Array.from(found?.values ?? new Float32Array(layout.channels));
  const match = { target, targetIndex, additionIndex, weights, layout, bias };
  const biasName = found?.valueName ?? `${target.input[1]}_bias`;
  if (additionIndex === null || found?.addition === index.nodes[additionIndex]) return { ...match, biasName };
  const added = index.nodes[additionIndex].input.find((input) => input !== target.output[0]);
  const addition = added === undefined ? undefined : constants.float(added);
  const axis = operator === "Gemm" ? 0 : weights.dims.length - 2;
  const values = addition && channelValues(addition, layout.channels, axis);
  if (values === undefined || values === null) return null;
  return { ...match, bias: bias.map((value, channel) => value + values[channel]), biasName };
}

/** Folded weights in the model's order and folded biases; null where the fold would lose them (overflow, σ² + ε ≤ 0). */
function foldedConstants(
  node: NodeProto,
  { weights, layout, bias }: Match,
  constants: Constants,
): { readonly weights: Float32Array; readonly bias: Float32Array } | null {
  const { channels, perChannel } = layout;
  const parameters = node.input.slice(1, 5).map((input) => constants.float(input)?.values);
  const [gamma, beta, mean, variance] = parameters;
  if (gamma?.length !== channels || beta?.length !== channels) return null;
  if (mean?.length !== channels || variance?.length !== channels) return null;
  const epsilon = floatAttribute(node, "epsilon", DEFAULT_EPSILON);
  constants.chargeCopy(2 * weights.values.byteLength);
  const original = toChannelMajor(weights.values, layout).values;
  const scaled = new Float32Array(original.length);
  const shifted = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const scale = gamma[channel] / Math.sqrt(variance[channel] + epsilon);
    shifted[channel] = (bias[channel] - mean[channel]) * scale + beta[channel];
    if (!Number.isFinite(scale) || !Number.isFinite(shifted[channel])) return null;
    const end = (channel + 1) * perChannel;
    for (let position = channel * perChannel; position < end; position++) {
      scaled[position] = original[position] * scale;
      if (!Number.isFinite(scaled[position]) && Number.isFinite(original[position])) return null;
    }
  }
  return { weights: toOnnxOrder(scaled, layout), bias: shifted };
}

function floatInitializer(name: string, dims: readonly number[], values: Float32Array): TensorProto {
  const rawData = new Uint8Array(4 * values.length);
  const view = new DataView(rawData.buffer);
  for (let position = 0; position < values.length; position++) view.setFloat32(4 * position, values[position], true);
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: DataType.FLOAT, rawData });
}

/** The node with other weights and bias and the output of the batch normalization; Gemm's beta is in the bias already. */
function withConstants(node: NodeProto, weight: string, bias: string, output: string): NodeProto {
  const copy = copyOf(NodeProtoSchema, node);
  copy.input = [node.input[0], weight, bias];
  copy.output = [output];
  copy.attribute = node.attribute.filter((attribute) => attribute.name !== "beta");
  return copy;
}

function usedNames({ graph }: OnnxModel): Set<string> {
  const names = new Set<string>();
  for (const tensor of graph.initializer) names.add(tensor.name);
  for (const input of graph.input) names.add(input.name);
  for (const node of graph.node) {
    for (const output of node.output) names.add(output);
    for (const name of namesInSubgraphs(node)) names.add(name);
  }
  return names;
}
