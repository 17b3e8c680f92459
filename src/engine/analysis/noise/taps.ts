/** How many products make one output of a layer. */
import type { NodeProto } from "onnx-buf";
import { findAttribute, intsAttribute } from "../../graph/attributes";
import type { Layer } from "../../graph/layer";

/**
 * `Kx·Ky·F_in` of Meller et al. 2019, eq. 5: products that are added up for one output, on average; those that fall on padding
 * are not counted. Null for recurrent layers, whose output goes through their own state.
 *
 * @param inputDims of the layer's input
 * @param outputDims of the layer's output
 */
export function meanTaps(
  layer: Layer,
  node: NodeProto,
  inputDims: readonly number[],
  outputDims: readonly number[],
): number | null {
  switch (layer.op) {
    case "Gemm":
    case "MatMul":
      return layer.layout.perChannel;
    case "Gather":
      return 1;
    case "LSTM":
    case "GRU":
    case "RNN":
      return null;
    case "Conv":
    case "ConvTranspose": {
      const kernel = layer.weight.dims.slice(2);
      const kernelSize = kernel.reduce((product, size) => product * size, 1);
      const channels = layer.layout.perChannel / kernelSize;
      const shares = kernel.map((size, axis) =>
        layer.op === "Conv"
          ? convolutionShare(node, axis, size, inputDims[axis + 2], outputDims[axis + 2])
          : Math.min(1, inputDims[axis + 2] / outputDims[axis + 2]),
      );
      return channels * kernelSize * shares.reduce((product, share) => product * share, 1);
    }
  }
}

/** Share of a kernel's positions along one axis that fall on the input, over all output positions. */
function convolutionShare(node: NodeProto, axis: number, size: number, input: number, output: number): number {
  const stride = intsAttribute(node, "strides")?.[axis] ?? 1;
  const dilation = intsAttribute(node, "dilations")?.[axis] ?? 1;
  const padding = paddingBefore(node, axis, (output - 1) * stride + (size - 1) * dilation + 1 - input);
  let inside = 0;
  for (let tap = 0; tap < size; tap++) {
    const offset = tap * dilation - padding;
    const first = Math.max(0, Math.ceil(-offset / stride));
    const last = Math.min(output - 1, Math.floor((input - 1 - offset) / stride));
    inside += Math.max(0, last - first + 1);
  }
  return inside / (size * output);
}

/** @param total padding that makes the output as large as it is, for the attribute values SAME_* */
function paddingBefore(node: NodeProto, axis: number, total: number): number {
  const mode = new TextDecoder().decode(findAttribute(node, "auto_pad")?.s ?? new Uint8Array());
  if (mode === "SAME_UPPER") return Math.floor(Math.max(0, total) / 2);
  if (mode === "SAME_LOWER") return Math.ceil(Math.max(0, total) / 2);
  return intsAttribute(node, "pads")?.[axis] ?? 0;
}
