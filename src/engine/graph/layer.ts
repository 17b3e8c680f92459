/** A layer: a node with constant weights, and what is fused to it. */
import type { FloatTensor } from "../onnx/tensor";
import type { WeightLayout } from "./layout";

/** Operators whose constant weights Bitwright quantizes. */
export const LAYER_OPERATORS = ["Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN", "Gather"] as const;

export type LayerOperator = (typeof LAYER_OPERATORS)[number];

export interface Layer {
  /** Unique in the model: the node's name, else its first output, with a suffix where two are equal (`.W`, `.R` for recurrent nodes). */
  readonly name: string;
  readonly op: LayerOperator;
  /** Index of the node in the (folded) graph. */
  readonly nodeIndex: number;
  /** The node's own name, possibly empty or repeated. */
  readonly nodeName: string;
  /** Which input of the node holds the weights. */
  readonly weightInput: number;
  /** Name of the tensor connected to that input. */
  readonly weightName: string;
  /** Equal for layers that have the same weights in channel-major order: they are quantized once. */
  readonly weightKey: string;
  /** As in the model. Scalar factors of the node (Gemm's alpha) are already multiplied in. */
  readonly weight: FloatTensor;
  /** How the weights are laid out in the model and in what order their codes are stored. */
  readonly layout: WeightLayout;
  /** One value per output channel, in float; null where the layer has none. */
  readonly bias: Float32Array | null;
  /** Names of nodes folded into this layer (batch normalizations, separate bias additions). */
  readonly fused: readonly string[];
}

/** Something with weights that stays as it is, and why. */
export interface Unquantizable {
  readonly name: string;
  readonly op: string;
  readonly parameters: number;
  /** One sentence. */
  readonly reason: string;
}
