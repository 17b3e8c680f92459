/** What is observed of a value inside the graph: positions, reductions per channel, and bounded samples. */
import type { GraphEdit, Reduction } from "../graph/edit";
import { isOperator, type OnnxModel } from "../onnx/model";
import { elementCount } from "../onnx/tensor";

/** A value as one batch of the smallest size has it. */
export interface ObservedValue {
  readonly name: string;
  readonly dims: readonly number[];
  /** Which axis counts the channels; null for values without one, which then have one channel. */
  readonly channelAxis: number | null;
  readonly channels: number;
}

/** Operators that keep the channels of their first input where they are. */
const KEEPS_AXES: ReadonlySet<string> = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Relu",
  "Clip",
  "LeakyRelu",
  "PRelu",
  "Sigmoid",
  "Tanh",
  "HardSigmoid",
  "HardSwish",
  "Softmax",
  "Erf",
  "Identity",
  "Dropout",
]);

const CHANNELS_LAST: readonly string[] = ["MatMul", "Gather", "LSTM", "GRU", "RNN"];

/** Values whose channels are their last axis: what MatMul, Gather and recurrent operators make, until axes are moved. */
export function channelsLastValues({ graph }: OnnxModel): ReadonlySet<string> {
  const values = new Set<string>();
  for (const node of graph.node) {
    const last =
      CHANNELS_LAST.some((operator) => isOperator(node, operator)) ||
      (KEEPS_AXES.has(node.opType) && node.input.some((input) => values.has(input)));
    if (last) for (const output of node.output) values.add(output);
  }
  return values;
}

export function observedValue(name: string, dims: readonly number[], channelsLast: boolean): ObservedValue {
  const channelAxis = dims.length < 2 ? null : channelsLast ? dims.length - 1 : 1;
  return { name, dims, channelAxis, channels: channelAxis === null ? 1 : dims[channelAxis] };
}

/** A value with feature maps, of which pooling operators can take every second, third, … position. */
export function hasPositions({ dims, channelAxis }: ObservedValue): boolean {
  return channelAxis === 1 && (dims.length === 3 || dims.length === 4) && elementCount(dims.slice(2)) > 1;
}

/**
 * Every `stride`-th position of a value along each of its spatial axes, by a pooling of one element, which unlike slicing
 * needs no change of the runtime's own memory layout.
 */
export function takePositions(edit: GraphEdit, value: string, rank: number, stride: number): string {
  if (stride === 1) return value;
  const ones = new Array<number>(rank - 2).fill(1);
  return edit.add("MaxPool", [value], { kernel_shape: ones, strides: ones.map(() => stride) });
}

/** Spatial dimensions after takePositions. */
export function stridedDims(dims: readonly number[], stride: number): number[] {
  return dims.map((dim, axis) => (axis < 2 ? dim : Math.floor((dim - 1) / stride) + 1));
}

/** Reduces to one number a channel, `[channels]`, or a single number where there are none. */
export function reduceToChannels(edit: GraphEdit, operator: Reduction, value: string, like: ObservedValue): string {
  const axes = like.dims.map((_, axis) => axis).filter((axis) => axis !== like.channelAxis);
  return axes.length === 0 ? edit.reduce(operator, edit.unsqueeze(value), [0]) : edit.reduce(operator, value, axes);
}

/**
 * At most `count` elements of every sample of a value, spread over it; all of them where there are no more. The step is
 * coprime to the last dimension, so that no column is preferred.
 * @param dims of `value` for one batch of the smallest size
 * @returns a value of shape [samples, elements]
 */
export function takeElements(edit: GraphEdit, value: string, dims: readonly number[], count: number): string {
  const elements = elementCount(dims);
  const rows = edit.reshape(value, [-1, elements]);
  if (elements <= count) return rows;
  const step = coprimeStep(Math.floor(elements / count), dims.at(-1) ?? 1);
  const indices = Array.from({ length: Math.min(count, Math.ceil(elements / step)) }, (_, index) => index * step);
  return edit.add("Gather", [rows, edit.int64s(indices)], { axis: 1 });
}

/** The largest step up to `wanted` that shares no factor with `width`; 1 at least. */
export function coprimeStep(wanted: number, width: number): number {
  for (let step = wanted; step > 1; step--) if (greatestCommonDivisor(step, width) === 1) return step;
  return 1;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
