/** Clips whose bounds follow the scales of their channels. */
import { copyOf, type OnnxModel } from "../onnx/model";
import { makeNode } from "../onnx/build";
import { NodeProtoSchema, type NodeProto } from "onnx-buf";
import type { ModelRewriter } from "./layer-edits";
import type { RegionBound } from "./region";
import { perChannelDims, type ScaledActivation } from "./scaled-activations";

/**
 * Writes the bounds into the graph: where all channels have the same ones, the Clip with other constants; else, since Clip takes
 * scalars only, a Relu (bound 0) or Max with a constant per channel, and a Min with one.
 */
export function replaceClip(
  rewriter: ModelRewriter,
  { graph, opset }: OnnxModel,
  { activation: bound, scales }: ScaledActivation<RegionBound>,
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
  const dims = perChannelDims(bound);
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
