/** Where the windows of convolutions and pools are, and the way back through them. */
import type { NodeProto } from "onnx-buf";
import { findAttribute, intsAttribute } from "../../graph/attributes";
import type { GradientGraph } from "./gradient-graph";
import { notDifferentiable } from "./refusal";

export interface Window {
  /** One entry a spatial axis. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begins of all axes, then ends. */
  readonly pads: readonly number[];
}

/**
 * @param kernel spatial dimensions of the weights
 * @throws BitwrightError operator-unsupported, where padding is left to the runtime
 */
export function windowOf(node: NodeProto, kernel: readonly number[]): Window {
  const autoPad = new TextDecoder().decode(findAttribute(node, "auto_pad")?.s ?? new Uint8Array());
  if (autoPad.startsWith("SAME")) {
    throw notDifferentiable(node, `its padding is chosen at run time (auto_pad ${autoPad})`);
  }
  const ones = kernel.map(() => 1);
  const pads = autoPad === "VALID" ? undefined : intsAttribute(node, "pads");
  return {
    kernel,
    strides: intsAttribute(node, "strides") ?? ones,
    dilations: intsAttribute(node, "dilations") ?? ones,
    pads: pads ?? [...kernel, ...kernel].map(() => 0),
  };
}

/**
 * What flows back through windows that were weighed and summed: a transposed convolution. Positions at the end that no window
 * reached, because of the strides, get zeros.
 * @param like the value that the windows were on; its spatial dimensions are the result's
 */
export function transposedWindows(
  graph: GradientGraph,
  gradient: string,
  weights: string,
  window: Window,
  group: number,
  like: string,
): string {
  const { strides } = window;
  const reached =
    strides.length === 1
      ? onTheLine(graph, gradient, weights, window, group)
      : convTranspose(graph, gradient, weights, window, group);
  if (strides.every((stride) => stride === 1)) return reached;
  return cropped(graph, reached, graph.add("Shape", [like], { start: 2 }), strides.length);
}

/** With room at the end for all that the strides can have left over. */
function convTranspose(
  graph: GradientGraph,
  gradient: string,
  weights: string,
  { strides, dilations, pads }: Window,
  group: number,
): string {
  const outputPadding = strides.map((stride) => stride - 1);
  const attributes = { strides, dilations, pads, group, output_padding: outputPadding };
  return graph.add("ConvTranspose", [gradient, weights], attributes);
}

/** One spatial axis as two, for which ONNX Runtime is ten times as fast. */
function onTheLine(
  graph: GradientGraph,
  gradient: string,
  weights: string,
  { kernel, strides, dilations, pads }: Window,
  group: number,
): string {
  const height = graph.int64s([2]);
  const flat = (value: string) => graph.add("Unsqueeze", [value, height]);
  const plane = {
    kernel: [1, ...kernel],
    strides: [1, ...strides],
    dilations: [1, ...dilations],
    pads: [0, pads[0], 0, pads[1]],
  };
  return graph.add("Squeeze", [convTranspose(graph, flat(gradient), flat(weights), plane, group), height]);
}

/** The first elements along each of the spatial axes. @param ends int64 list of how many */
export function cropped(graph: GradientGraph, value: string, ends: string, spatialRank: number): string {
  const axes = spatialAxes(spatialRank);
  return graph.add("Slice", [value, graph.int64s(axes.map(() => 0)), ends, graph.int64s(axes)]);
}

/** Behind samples and channels. */
export function spatialAxes(count: number): number[] {
  return Array.from({ length: count }, (_, axis) => axis + 2);
}

/** With samples and channels exchanged. */
export function swapped(graph: GradientGraph, value: string, spatialRank: number): string {
  return graph.add("Transpose", [value], { perm: [1, 0, ...spatialAxes(spatialRank)] });
}
