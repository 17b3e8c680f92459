/** What a rule of differentiation is: how the gradient of a node's outputs becomes that of its inputs. */
import type { NodeProto } from "onnx-buf";
import type { GradientGraph } from "./gradient-graph";

/** One node on the way back from the loss. */
export interface GradientStep {
  readonly node: NodeProto;
  /** Name of the gradient of the first output; a tensor of that output's shape. */
  readonly gradient: string;
  /** Those of all outputs; undefined where the loss does not depend on the output. */
  readonly gradients: readonly (string | undefined)[];
  /** The graph to which the rule adds its nodes. */
  readonly graph: GradientGraph;
}

/** Adds the nodes that compute the gradient of one input, and returns its name. */
export type InputGradient = () => string;

/**
 * One entry an input of the node, in its order; null, or no entry, where the output does not change smoothly with the
 * input (shapes, axes, indices). Only those entries are called whose input depends on something trainable.
 * @throws BitwrightError operator-unsupported, for attributes that the rule does not cover
 */
export type GradientRule = (step: GradientStep) => readonly (InputGradient | null)[];
