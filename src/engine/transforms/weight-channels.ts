/** The output and input channel of every weight of a layer. */
import type { NodeProto } from "onnx-buf";
import { intAttribute } from "../graph/attributes";
import type { Layer } from "../graph/layer";
import { elementCount } from "../onnx/tensor";

/**
 * Weights in the order of the model as `[first][second][kernel]`. One of the two leading axes counts a layer's output
 * channels and the other its input channels; of a grouped convolution the second axis counts those of one group.
 */
export interface WeightChannels {
  readonly first: number;
  readonly second: number;
  readonly kernel: number;
  /** Entries of the first axis that share one group. */
  readonly perGroup: number;
  readonly firstIs: "output" | "input";
  readonly outputs: number;
  readonly inputs: number;
}

/**
 * @param node of the layer
 * @returns null for weights that do not map one input channel to one output channel (recurrent, batched, tables)
 */
export function weightChannels({ op, weight, layout }: Layer, node: NodeProto): WeightChannels | null {
  const { dims } = weight;
  const kernel = elementCount(dims.slice(2));
  switch (op) {
    case "Conv":
      return structure(dims, kernel, "output", intAttribute(node, "group", 1));
    case "ConvTranspose":
      return structure(dims, kernel, "input", intAttribute(node, "group", 1));
    case "Gemm":
    case "MatMul":
      return dims.length === 2 ? structure(dims, 1, layout.onnxName === "OI" ? "output" : "input", 1) : null;
    case "LSTM":
    case "GRU":
    case "RNN":
    case "Gather":
      return null;
  }
}

function structure(
  [first, second]: readonly number[],
  kernel: number,
  firstIs: "output" | "input",
  groups: number,
): WeightChannels {
  const others = second * groups;
  const outputs = firstIs === "output" ? first : others;
  const inputs = firstIs === "output" ? others : first;
  return { first, second, kernel, perGroup: first / groups, firstIs, outputs, inputs };
}

/** Calls `visit` once for every kernel: its output channel, its input channel and the index of its first weight. */
export function forEachKernel(
  { first, second, kernel, perGroup, firstIs }: WeightChannels,
  visit: (output: number, input: number, start: number) => void,
): void {
  for (let a = 0; a < first; a++) {
    const offset = Math.floor(a / perGroup) * second;
    for (let b = 0; b < second; b++) {
      const start = (a * second + b) * kernel;
      if (firstIs === "output") visit(a, offset + b, start);
      else visit(offset + b, a, start);
    }
  }
}
