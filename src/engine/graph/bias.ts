/** The bias of a layer: from the node's own input, or from an Add that follows. */
import type { NodeProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import { isOperator } from "../onnx/model";
import type { FloatTensor } from "../onnx/tensor";
import type { Constants } from "./constants";
import type { GraphIndex } from "./graph";
import type { WeightLayout } from "./layout";
import type { BiasSlot, WeightSlot } from "./operators";
import { originObstacle } from "./origin-obstacle";

export interface Bias {
  readonly values: Float32Array;
  /** The value that holds it. */
  readonly valueName: string;
  /** The Add that was taken for a bias. */
  readonly addition: NodeProto | null;
}

/**
 * One bias per output channel in single precision, factors multiplied in; null where there is none that is constant
 * and per channel.
 *
 * @throws BitwrightError tensor-shape where the node's own bias does not have one value a channel
 */
export function findBias(
  node: NodeProto,
  slot: WeightSlot,
  weightRank: number,
  layout: WeightLayout,
  index: GraphIndex,
  constants: Constants,
): Bias | null {
  const { bias } = slot;
  const valueName = ownBiasName(node, bias);
  if (valueName === "") {
    const axis = followingAxis(bias, weightRank);
    return axis === null ? null : followingBias(node, axis, layout.channels, index, constants);
  }
  const tensor = constants.float(valueName);
  if (tensor === undefined) return null;
  const values = ownBias(tensor, bias, layout, valueName);
  return values && { values, valueName, addition: null };
}

/**
 * Why the node's own bias is not one that {@link findBias} finds, in one sentence.
 * @returns null where the node has no bias of its own
 */
export function biasObstacle(node: NodeProto, bias: BiasSlot, constants: Constants): string | null {
  const valueName = ownBiasName(node, bias);
  if (valueName === "") return null;
  const origin = constants.origin(valueName);
  if (origin === undefined) {
    return constants.isDerivedFromConstants(valueName)
      ? "The bias is computed from constants when the model runs."
      : "The bias is computed when the model runs.";
  }
  const obstacle = originObstacle(origin, "bias");
  if (obstacle !== null) return obstacle;
  const dims = constants.float(valueName)?.dims;
  return dims === undefined
    ? "The shape of the bias is computed when the model runs."
    : `The bias has the shape [${dims.slice(0, 8).join(", ")}] and not one value for each output channel.`;
}

/**
 * The values of a constant that broadcasts to one value a channel.
 * @param axis position of the channels counted from the last axis (0)
 * @returns null where any other axis is longer than 1 or the channels do not match
 */
export function channelValues(tensor: FloatTensor, channels: number, axis: number): Float32Array | null {
  if (tensor.values.length !== channels) return null;
  const channelAxis = tensor.dims.length - 1 - axis;
  return channels === 1 || tensor.dims[channelAxis] === channels ? tensor.values : null;
}

/** The Add that alone reads the node's output and adds a per-channel constant to it. */
export function followingAddition(
  node: NodeProto,
  index: GraphIndex,
): { readonly addition: NodeProto; readonly added: string } | undefined {
  const output = node.output[0] ?? "";
  const consumer = output === "" ? undefined : index.soleConsumer(output);
  const addition = consumer === undefined ? undefined : index.nodes[consumer];
  if (addition === undefined || !isOperator(addition, "Add")) return undefined;
  const added = addition.input.find((input) => input !== output);
  return added === undefined ? undefined : { addition, added };
}

/** The value of the node's bias input; empty where it has none. */
function ownBiasName(node: NodeProto, bias: BiasSlot): string {
  return "input" in bias ? (node.input[bias.input] ?? "") : "";
}

function followingAxis(bias: BiasSlot, weightRank: number): number | null {
  switch (bias.kind) {
    case "vector":
      return bias.axis(weightRank);
    case "following":
    case "broadcast":
      return bias.axis;
    case "none":
    case "half":
      return null;
  }
}

function followingBias(
  node: NodeProto,
  axis: number,
  channels: number,
  index: GraphIndex,
  constants: Constants,
): Bias | null {
  const following = followingAddition(node, index);
  const tensor = following && constants.float(following.added);
  const values = tensor && channelValues(tensor, channels, axis);
  if (following === undefined || values === undefined || values === null) return null;
  return { values, valueName: following.added, addition: following.addition };
}

function ownBias(tensor: FloatTensor, bias: BiasSlot, layout: WeightLayout, valueName: string): Float32Array | null {
  const { channels } = layout;
  switch (bias.kind) {
    case "vector":
      if (tensor.values.length !== channels) throw wrongLength(channels, tensor, valueName);
      return tensor.values;
    case "half":
      if (tensor.values.length !== 2 * channels || tensor.dims.length !== 2) {
        throw wrongLength(2 * channels, tensor, valueName);
      }
      return recurrentHalf(tensor, bias.half);
    case "broadcast": {
      const values = tensor.values.length === 1 ? new Float32Array(channels).fill(tensor.values[0]) : tensor.values;
      const perChannel = tensor.values.length === 1 ? values : channelValues(tensor, channels, bias.axis);
      return perChannel && (bias.factor === 1 ? perChannel : perChannel.map((value) => value * bias.factor));
    }
    case "none":
    case "following":
      return null;
  }
}

/** B of LSTM, GRU, RNN is [directions][Wb then Rb]; this is all Wb or all Rb. */
function recurrentHalf(tensor: FloatTensor, half: 0 | 1): Float32Array {
  const [directions, both] = tensor.dims;
  const rows = both / 2;
  const values = new Float32Array(directions * rows);
  for (let direction = 0; direction < directions; direction++) {
    const start = direction * both + half * rows;
    values.set(tensor.values.subarray(start, start + rows), direction * rows);
  }
  return values;
}

function wrongLength(expected: number, tensor: FloatTensor, field: string): BitwrightError {
  return new BitwrightError(
    "tensor-shape",
    `the bias has ${tensor.values.length} values where ${expected} are expected`,
    "Check the model with the ONNX checker and export it again",
    { field },
  );
}
