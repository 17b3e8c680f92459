/** Clips whose bounds follow the scales of their channels. */
import { copyOf, type OnnxModel } from "../onnx/model";
import { makeNode } from "../onnx/build";
import { NodeProtoSchema, type NodeProto } from "onnx-buf";
import type { ModelRewriter } from "./layer-edits";
import type { Region, RegionBound } from "./region";

/** A Clip with bounds of its own for every channel. */
export interface ChannelBounds {
  readonly bound: RegionBound;
  /** The scale of every channel along the axis. */
  readonly scales: Float64Array;
}

/** The Clips of all regions; one whose channels belong to several regions comes once. */
export function channelBounds(
  regions: readonly { readonly region: Region; readonly scales: Float64Array }[],
): readonly ChannelBounds[] {
  const clips = new Map<number, ChannelBounds>();
  for (const { region, scales } of regions) {
    for (const bound of region.bounds) {
      const { classes } = bound.value;
      const known = clips.get(bound.nodeIndex)?.scales;
      const own = Float64Array.from(classes, (index, channel) => (index < 0 ? (known?.[channel] ?? 1) : scales[index]));
      clips.set(bound.nodeIndex, { bound, scales: own });
    }
  }
  return [...clips.values()].filter(({ scales }) => scales.some((scale) => scale !== 1));
}

/**
 * Writes the bounds into the graph: where all channels have the same ones, the Clip with other constants; else, since Clip takes
 * scalars only, a Relu (bound 0) or Max with a constant per channel, and a Min with one.
 */
export function replaceClip(
  rewriter: ModelRewriter,
  { graph, opset }: OnnxModel,
  { bound, scales }: ChannelBounds,
): void {
  const node = graph.node[bound.nodeIndex];
  const low = Float32Array.from(scales, (scale) => bound.low * scale);
  const high = Float32Array.from(scales, (scale) => bound.high * scale);
  const [input] = node.input;
  const [output] = node.output;
  if (isUniform(low) && isUniform(high)) {
    rewriter.replace(bound.nodeIndex, [withScalarBounds(rewriter, node, low[0], high[0], opset)]);
    return;
  }
  const dims = Array.from({ length: bound.rank }, (_, axis) => (axis === bound.value.axis ? low.length : 1));
  const lowest = bound.low === -Infinity ? input : rewriter.valueName(`${output}_lower`);
  const nodes: NodeProto[] = [];
  if (bound.low === 0) nodes.push(rewriter.node("Relu", [input], lowest));
  else if (bound.low !== -Infinity) {
    nodes.push(rewriter.node("Max", [input, rewriter.constant(`${output}_low`, dims, low)], lowest));
  }
  if (bound.high !== Infinity) {
    nodes.push(rewriter.node("Min", [lowest, rewriter.constant(`${output}_high`, dims, high)], output));
  } else nodes[0].output = [output];
  rewriter.replace(bound.nodeIndex, nodes);
}

function withScalarBounds(
  rewriter: ModelRewriter,
  node: NodeProto,
  low: number,
  high: number,
  opset: number,
): NodeProto {
  if (opset < BOUNDS_ARE_INPUTS_SINCE) {
    const limits = { ...finite("min", low), ...finite("max", high) };
    const clip = makeNode("Clip", [node.input[0]], node.output[0], limits);
    clip.name = node.name;
    return clip;
  }
  const copy = copyOf(NodeProtoSchema, node);
  const constant = (limit: number, side: string) =>
    Number.isFinite(limit) ? rewriter.constant(`${node.output[0]}_${side}`, [], [limit]) : "";
  copy.input = [node.input[0], constant(low, "low"), constant(high, "high")];
  return copy;
}

const BOUNDS_ARE_INPUTS_SINCE = 11;

function finite(name: string, limit: number): Record<string, { float: number }> {
  return Number.isFinite(limit) ? { [name]: { float: limit } } : {};
}

function isUniform(values: Float32Array): boolean {
  return values.every((value) => value === values[0]);
}
