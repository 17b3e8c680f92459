/** How channels pass through the operators that commute with positive scales, f(S·x) = S·f(x), channel by channel. */
import type { NodeProto } from "onnx-buf";
import { shownName } from "../../protocol/errors";
import { findAttribute, intAttribute, intsAttribute } from "../graph/attributes";
import { nameOrOutput } from "../graph/names";
import { isDefaultDomain } from "../onnx/model";
import { reshapedChannels, type ChannelClasses, type ChannelMap } from "./channel-map";

/** What the rules know of a graph. */
export interface PropagationContext {
  readonly classes: ChannelClasses;
  /** Dimensions for one batch; undefined where they could not be probed. */
  readonly dims: (value: string) => readonly number[] | undefined;
  readonly channelsOf: (value: string) => ChannelMap | undefined;
  /** The same in every run, whatever the input. */
  readonly isConstant: (value: string) => boolean;
  /** A list of integers that does not depend on the data; undefined where it does. */
  readonly integers: (value: string) => readonly number[] | undefined;
  /** A float constant; undefined where it is none. */
  readonly floats: (value: string) => Float32Array | undefined;
}

/** The channels of a node's outputs, or why they cannot be told. */
export type Propagated = { readonly outputs: readonly (ChannelMap | undefined)[] } | { readonly reason: string };

type Rule = (node: NodeProto, map: ChannelMap, context: PropagationContext) => Propagated;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...["Relu", "LeakyRelu", "Identity", "Dropout"].map((operator) => [operator, unchanged] as const),
  ...["MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"].map((operator) => [operator, pooled] as const),
  ...["Reshape", "Flatten", "Squeeze", "Unsqueeze"].map((operator) => [operator, reshaped] as const),
  ["PRelu", withConstantSecond],
  ["Div", withConstantSecond],
  ["Mul", multiplied],
  ["Transpose", transposed],
  ["ReduceMean", reduced],
  ["Pad", padded],
  ["Slice", sliced],
  ["Add", added],
  ["Sub", added],
  ["Sum", added],
  ["Concat", concatenated],
]);

/**
 * Follows channels through a node; merges classes that the node ties together.
 * @returns a reason for operators that do not commute with scales
 */
export function propagate(node: NodeProto, context: PropagationContext): Propagated {
  const map = node.input.map(context.channelsOf).find((channels) => channels !== undefined);
  const rule = isDefaultDomain(node.domain) ? RULES.get(node.opType) : undefined;
  if (map === undefined || rule === undefined) return refusal(node, "does not commute with scales");
  return rule(node, map, context);
}

/** The sentence for a node that stops a region. */
export function refusal(node: NodeProto, problem: string): { readonly reason: string } {
  return { reason: `${shownName(node.opType)} "${shownName(nameOrOutput(node))}" ${problem}.` };
}

function unchanged(_node: NodeProto, map: ChannelMap): Propagated {
  return { outputs: [map] };
}

function pooled(node: NodeProto, map: ChannelMap): Propagated {
  return map.axis === 1 ? { outputs: [map] } : refusal(node, "pools over the channels");
}

/** PRelu and Div: homogeneous in the first input as long as the second does not depend on the data. */
function withConstantSecond(
  node: NodeProto,
  map: ChannelMap,
  { channelsOf, isConstant, dims }: PropagationContext,
): Propagated {
  if (channelsOf(node.input[0]) !== map || !isConstant(node.input[1] ?? "")) {
    return refusal(node, "has a second input that depends on the data");
  }
  return sameShape(node, node.input[0], dims) ? { outputs: [map] } : refusal(node, "changes the shape of its input");
}

/** Mul is homogeneous in either factor; what is multiplied in must not be scaled itself. */
function multiplied(node: NodeProto, map: ChannelMap, { channelsOf, dims }: PropagationContext): Propagated {
  const scaled = node.input.filter((input) => channelsOf(input) !== undefined);
  if (scaled.length !== 1) return refusal(node, "multiplies two values that depend on each other's scales");
  return sameShape(node, scaled[0], dims) ? { outputs: [map] } : refusal(node, "changes the shape of its input");
}

function reshaped(node: NodeProto, map: ChannelMap, { channelsOf, dims }: PropagationContext): Propagated {
  const before = dims(node.input[0]);
  const after = dims(node.output[0]);
  const result =
    channelsOf(node.input[0]) !== map || before === undefined || after === undefined
      ? null
      : reshapedChannels(map, before, after);
  return result === null ? refusal(node, "splits the channels") : { outputs: [result] };
}

function transposed(node: NodeProto, { axis, channels }: ChannelMap, { dims }: PropagationContext): Propagated {
  const rank = dims(node.input[0])?.length ?? 0;
  const permutation = intsAttribute(node, "perm") ?? Array.from({ length: rank }, (_, index) => rank - 1 - index);
  return { outputs: [{ axis: permutation.indexOf(axis), channels }] };
}

function reduced(node: NodeProto, { axis, channels }: ChannelMap, { dims, integers }: PropagationContext): Propagated {
  const rank = dims(node.input[0])?.length ?? 0;
  const given = (node.input[1] ?? "") === "" ? intsAttribute(node, "axes") : integers(node.input[1]);
  const axes = given?.map((item) => (item < 0 ? item + rank : item));
  if (axes === undefined || axes.length === 0 || axes.includes(axis))
    return refusal(node, "averages over the channels");
  const dropped = intAttribute(node, "keepdims", 1) === 1 ? 0 : axes.filter((item) => item < axis).length;
  return { outputs: [{ axis: axis - dropped, channels }] };
}

/** Zeros beside the channels may have any scale; other values would have to be scaled with them. */
function padded(node: NodeProto, map: ChannelMap, context: PropagationContext): Propagated {
  const mode = new TextDecoder().decode(findAttribute(node, "mode")?.s ?? new Uint8Array());
  if (mode === "" || mode === "constant") {
    const filled = node.input[2] ?? "";
    const value = filled === "" ? (findAttribute(node, "value")?.f ?? 0) : context.floats(filled)?.at(0);
    if (value !== 0) return refusal(node, "pads with values other than zero");
  }
  const rank = context.dims(node.input[0])?.length ?? 0;
  const pads = intsAttribute(node, "pads") ?? context.integers(node.input[1] ?? "");
  const axes = (node.input[3] ?? "") === "" ? undefined : context.integers(node.input[3]);
  if (pads === undefined || ((node.input[3] ?? "") !== "" && axes === undefined)) {
    return refusal(node, "has padding that depends on the data");
  }
  const position =
    axes === undefined ? map.axis : axes.findIndex((item) => (item < 0 ? item + rank : item) === map.axis);
  const count = axes?.length ?? rank;
  const before = position < 0 ? 0 : pads[position];
  const after = position < 0 ? 0 : pads[position + count];
  if (before === 0 && after === 0) return { outputs: [map] };
  if (!(before >= 0 && after >= 0) || (mode !== "" && mode !== "constant")) return refusal(node, "pads the channels");
  const zeros = [context.classes.add(before), context.classes.add(after)];
  return { outputs: [{ axis: map.axis, channels: Int32Array.of(...zeros[0], ...map.channels, ...zeros[1]) }] };
}

function sliced(node: NodeProto, map: ChannelMap, { dims, integers }: PropagationContext): Propagated {
  const before = dims(node.input[0]);
  const after = dims(node.output[0]);
  const list = (position: number, attribute: string) =>
    (node.input[position] ?? "") === "" ? intsAttribute(node, attribute) : integers(node.input[position]);
  const starts = list(1, "starts");
  const axes = list(3, "axes") ?? starts?.map((_, index) => index);
  const steps = (node.input[4] ?? "") === "" ? starts?.map(() => 1) : integers(node.input[4]);
  if (
    before === undefined ||
    after === undefined ||
    starts === undefined ||
    axes === undefined ||
    steps === undefined
  ) {
    return refusal(node, "takes parts that depend on the data");
  }
  const position = axes.findIndex((item) => (item < 0 ? item + before.length : item) === map.axis);
  if (position < 0) return { outputs: [map] };
  if (steps[position] !== 1) return refusal(node, "takes every second channel or reverses them");
  const length = map.channels.length;
  const start = Math.max(0, Math.min(length, starts[position] < 0 ? starts[position] + length : starts[position]));
  return { outputs: [{ axis: map.axis, channels: map.channels.slice(start, start + after[map.axis]) }] };
}

function added(node: NodeProto, map: ChannelMap, { channelsOf, classes }: PropagationContext): Propagated {
  for (const input of node.input) {
    const other = channelsOf(input);
    if (other === undefined) return refusal(node, "adds a value that cannot be scaled");
    if (other.axis !== map.axis || other.channels.length !== map.channels.length) {
      return refusal(node, "spreads one channel over several");
    }
  }
  for (const input of node.input) classes.merge(map.channels, channelsOf(input)?.channels ?? map.channels);
  return { outputs: [map] };
}

function concatenated(node: NodeProto, map: ChannelMap, context: PropagationContext): Propagated {
  const { channelsOf, classes, dims } = context;
  const rank = dims(node.input[0])?.length ?? 0;
  const given = intAttribute(node, "axis", 1);
  const axis = given < 0 ? given + rank : given;
  if (axis !== map.axis) return added(node, map, context);
  const parts: number[] = [];
  for (const input of node.input) {
    const part = channelsOf(input);
    if (part !== undefined && part.axis !== axis) return refusal(node, "joins channels with other axes");
    const channels = part?.channels ?? classes.add(dims(input)?.[axis] ?? 0);
    if (part === undefined) classes.block(channels, refusal(node, "joins values that cannot be scaled").reason);
    for (const channel of channels) parts.push(channel);
  }
  return { outputs: [{ axis, channels: Int32Array.from(parts) }] };
}

/** Broadcasting must not add axes or copies of channels. */
function sameShape(node: NodeProto, input: string, dims: PropagationContext["dims"]): boolean {
  return dims(input)?.join() === dims(node.output[0])?.join();
}
