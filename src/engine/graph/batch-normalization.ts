/** Batch normalizations in inference form: what they do to each channel, and the layer that they can become part of. */
import type { GraphProto, NodeProto } from "onnx-buf";
import { dataTypeName, roundingLimit } from "../onnx/data-types";
import { isOperator } from "../onnx/model";
import type { FloatTensor } from "../onnx/tensor";
import { declarationsOf } from "../onnx/upgrade/scope";
import { floatAttribute, intAttribute } from "./attributes";
import { biasObstacle, channelValues, findBias } from "./bias";
import { originType, type Constants } from "./constants";
import type { GraphIndex } from "./graph";
import { toChannelMajor, toOnnxOrder, type WeightLayout } from "./layout";
import { layerOperator, weightSlots } from "./operators";

/** Why a batch normalization stays where it is, as the end of a sentence. */
export interface Obstacle {
  readonly obstacle: string;
}

/** What happens to the values x of a channel: `scale · x + shift`, in double precision. */
export interface ChannelMap {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** A layer that a batch normalization can be folded into. */
export interface FoldTarget {
  readonly node: NodeProto;
  readonly nodeIndex: number;
  /** Index of the bias addition between the two. */
  readonly additionIndex: number | null;
  readonly weights: FloatTensor;
  /** Element type of weights and activations. */
  readonly elementType: number;
  readonly layout: WeightLayout;
  /** Bias of the node and the addition together. */
  readonly bias: Float64Array;
  readonly biasName: string;
}

/** Default of the operator's epsilon attribute. */
const DEFAULT_EPSILON = 1e-5;

const FOLDABLE = ["Conv", "ConvTranspose", "Gemm", "MatMul"];

/** Operators whose results always have two dimensions. */
const MATRIX_OPERATORS = ["Gemm", "Flatten"];

const NO_LAYER = "no Conv, ConvTranspose, Gemm or MatMul with weights of its own comes directly before it";

export class BatchNormalizations {
  private knownRanks: ReadonlyMap<string, number> | undefined;

  constructor(
    private readonly graph: GraphProto,
    private readonly index: GraphIndex,
    private readonly constants: Constants,
  ) {}

  /** Why the node is not part of a layer before it. */
  obstacle(node: NodeProto, nodeIndex: number): string {
    const map = this.channelMap(node);
    if ("obstacle" in map) return map.obstacle;
    const target = this.target(node, nodeIndex);
    if ("obstacle" in target) return target.obstacle;
    const folded = composed(target, { scale: target.bias.map(() => 1), shift: target.bias }, map);
    if ("obstacle" in folded) return folded.obstacle;
    const constants = this.foldedConstants(target, folded);
    return "obstacle" in constants
      ? constants.obstacle
      : "another normalization that is folded with it stands in the way";
  }

  /** What the node does to every channel. */
  channelMap(node: NodeProto): ChannelMap | Obstacle {
    const form = this.formObstacle(node);
    if (form !== null) return { obstacle: form };
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((input) => this.constants.float(node.input[input])?.values);
    if (gamma === undefined || beta === undefined || mean === undefined || variance === undefined) {
      return { obstacle: "its parameters are not constants" };
    }
    if ([beta, mean, variance].some(({ length }) => length !== gamma.length)) {
      return { obstacle: "its parameters are not one value for each channel" };
    }
    const epsilon = floatAttribute(node, "epsilon", DEFAULT_EPSILON);
    const scale = Float64Array.from(gamma, (value, channel) => value / Math.sqrt(variance[channel] + epsilon));
    const shift = scale.map((factor, channel) => beta[channel] - mean[channel] * factor);
    return scale.every(Number.isFinite) && shift.every(Number.isFinite)
      ? { scale, shift }
      : { obstacle: "its variance and the other parameters give no finite factor for some channel" };
  }

  /** The layer that the node can be folded into. */
  target(node: NodeProto, nodeIndex: number): FoldTarget | Obstacle {
    const producerIndex = this.producerFor(node.input[0], nodeIndex);
    if (typeof producerIndex !== "number") return producerIndex;
    const producer = this.index.nodes[producerIndex];
    if (!isOperator(producer, "Add")) return this.targetAt(producerIndex, null, node);
    let reason: Obstacle = { obstacle: NO_LAYER };
    for (const input of producer.input) {
      const targetIndex = this.producerFor(input, producerIndex);
      if (typeof targetIndex !== "number") continue;
      const target = this.targetAt(targetIndex, producerIndex, node);
      if (!("obstacle" in target)) return target;
      if (target.obstacle !== NO_LAYER) reason = target;
    }
    return reason;
  }

  /** Weights in the model's order and biases of a layer whose output is mapped, in single precision. */
  foldedConstants(
    { weights, layout, elementType }: FoldTarget,
    { scale, shift }: ChannelMap,
  ): { readonly weights: Float32Array; readonly bias: Float32Array } | Obstacle {
    const limit = roundingLimit(elementType);
    const obstacle = `the folded values are beyond the range of ${dataTypeName(elementType)}`;
    const { channels, perChannel } = layout;
    this.constants.chargeCopy(2 * weights.values.byteLength);
    const original = toChannelMajor(weights.values, layout).values;
    const scaled = new Float32Array(original.length);
    for (let channel = 0; channel < channels; channel++) {
      const end = (channel + 1) * perChannel;
      for (let position = channel * perChannel; position < end; position++) {
        scaled[position] = original[position] * scale[channel];
        if (!(Math.abs(scaled[position]) < limit) && Number.isFinite(original[position])) return { obstacle };
      }
    }
    const bias = Float32Array.from(shift);
    if (!bias.every((value) => Math.abs(value) < limit)) return { obstacle };
    return { weights: toOnnxOrder(scaled, layout), bias };
  }

  private formObstacle(node: NodeProto): string | null {
    if (node.input.length !== 5 || (node.output[0] ?? "") === "")
      return "it does not have the inputs and outputs of one";
    if (intAttribute(node, "training_mode", 0) !== 0)
      return "it is in training mode: it normalizes by what the batch is";
    if (intAttribute(node, "spatial", 1) !== 1) return "it normalizes every position on its own, not every channel";
    const isUsed = (output: string) =>
      output !== "" && (this.index.consumers(output).length > 0 || this.index.isGraphOutput(output));
    return node.output.slice(1).some(isUsed) ? "its statistics are outputs that are used" : null;
  }

  private producerFor(value: string, consumerIndex: number): number | Obstacle {
    const producerIndex = this.index.producerIndex(value);
    if (producerIndex === undefined) return { obstacle: NO_LAYER };
    if (this.index.soleConsumer(value) === consumerIndex) return producerIndex;
    return { obstacle: "the value that it normalizes is used elsewhere too" };
  }

  private targetAt(nodeIndex: number, additionIndex: number | null, normalization: NodeProto): FoldTarget | Obstacle {
    const { constants, index } = this;
    const node = index.nodes[nodeIndex];
    const operator = layerOperator(node);
    if (operator === undefined || !FOLDABLE.includes(operator)) return { obstacle: NO_LAYER };
    const [slot] = weightSlots(node, operator, constants);
    const weightName = node.input[slot.input] ?? "";
    const origin = constants.origin(weightName);
    const weights = constants.float(weightName);
    if (slot.input !== 1) return { obstacle: `the weights of the ${operator} before it are on the left` };
    if (origin === undefined || weights === undefined || weights.values.length === 0) {
      const state = origin?.quantized === true ? "quantized already" : "no float constant";
      return { obstacle: `the weights of the ${operator} before it are ${state}` };
    }
    if (operator === "MatMul" && !(weights.dims.length === 2 && this.isMatrix(node, normalization))) {
      return { obstacle: "the output of the MatMul before it is not known to be a matrix" };
    }
    const layout = slot.layout(weights.dims);
    const found = findBias(node, slot, weights.dims.length, layout, index, constants);
    if (found === null && biasObstacle(node, slot.bias, constants) !== null) {
      return { obstacle: `the bias of the ${operator} before it is not one constant for each channel` };
    }
    const bias = Float64Array.from(found?.values ?? new Float32Array(layout.channels));
    const biasName = found?.valueName ?? `${weightName}_bias`;
    const target = { node, nodeIndex, additionIndex, weights, elementType: originType(origin), layout, bias, biasName };
    if (additionIndex === null || found?.addition === index.nodes[additionIndex]) return target;
    const added = index.nodes[additionIndex].input.find((input) => input !== node.output[0]);
    const addition = added === undefined ? undefined : constants.float(added);
    const axis = operator === "Gemm" || operator === "MatMul" ? 0 : weights.dims.length - 2;
    const values = addition && channelValues(addition, layout.channels, axis);
    if (values === undefined || values === null) {
      return { obstacle: "what is added before it is not one constant for each channel" };
    }
    return { ...target, bias: bias.map((value, channel) => value + values[channel]) };
  }

  /** Whether a MatMul's output has two dimensions: channels are then the axis that a batch normalization means. */
  private isMatrix(node: NodeProto, normalization: NodeProto): boolean {
    this.knownRanks ??= declarationsOf(this.graph).ranks;
    const producer = this.index.producer(node.input[0]);
    return (
      MATRIX_OPERATORS.some((operator) => producer !== undefined && isOperator(producer, operator)) ||
      [node.input[0], node.output[0], normalization.input[0], normalization.output[0]].some(
        (value) => this.knownRanks?.get(value) === 2,
      )
    );
  }
}

/** One map after another, for a layer with as many channels. */
export function composed(target: FoldTarget, first: ChannelMap, second: ChannelMap): ChannelMap | Obstacle {
  if (second.scale.length !== target.layout.channels) {
    return { obstacle: `it has ${second.scale.length} channels, and the layer before it ${target.layout.channels}` };
  }
  const scale = first.scale.map((value, channel) => value * second.scale[channel]);
  const shift = first.shift.map((value, channel) => value * second.scale[channel] + second.shift[channel]);
  return { scale, shift };
}
