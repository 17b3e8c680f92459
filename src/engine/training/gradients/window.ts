/** The attributes of convolutions and pools that say where their windows are. */
import type { NodeProto } from "onnx-buf";
import { findAttribute, intsAttribute } from "../../graph/attributes";
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
 * @param kernel spatial dimensions of the weights; the node's kernel_shape must agree with them
 * @throws BitwrightError operator-unsupported, where padding is left to the runtime
 */
export function windowOf(node: NodeProto, kernel: readonly number[]): Window {
  const autoPad = new TextDecoder().decode(findAttribute(node, "auto_pad")?.s ?? new Uint8Array());
  if (autoPad.startsWith("SAME"))
    throw notDifferentiable(node, `its padding is chosen at run time (auto_pad ${autoPad})`);
  const ones = kernel.map(() => 1);
  const pads = autoPad === "VALID" ? undefined : intsAttribute(node, "pads");
  return {
    kernel,
    strides: intsAttribute(node, "strides") ?? ones,
    dilations: intsAttribute(node, "dilations") ?? ones,
    pads: pads ?? [...kernel, ...kernel].map(() => 0),
  };
}
