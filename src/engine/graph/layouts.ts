/**
 * The weight layout of every operator that has weights.
 *
 * | operator           | order in the model         | stored order                                             |
 * |--------------------|----------------------------|----------------------------------------------------------|
 * | Conv               | `OIW` `OIHW` `OIDHW`       | `OWI` `OHWI` `ODHWI`; I counts the channels of one group |
 * | ConvTranspose      | `IOW` `IOHW` `IODHW`       | the same; O runs over the groups, then their outputs     |
 * | Gemm, MatMul       | `IO` or `OI`               | `OI`                                                     |
 * | MatMul, batched    | `BIO` or `BOI`             | `OBI`; B is all batch axes as one                        |
 * | LSTM, GRU, RNN: W  | `DGI`                      | `GI`; G is gate rows in ONNX's order, by direction D     |
 * | LSTM, GRU, RNN: R  | `DGH`                      | `GH`; H is the hidden size                               |
 * | Gather             | `VE`, `PVE`                | `VE`, `VPE`; V is the gathered axis, P what is before it |
 *
 * All functions throw BitwrightError tensor-shape where the shape cannot be that of such weights.
 */
import { BitwrightError } from "../../protocol/errors";
import { elementCount } from "../onnx/tensor";
import type { WeightLayout } from "./layout";

/** Letters of the spatial axes, by their number. */
const SPATIAL = ["", "W", "HW", "DHW"];

/** Conv: [out][in / group][spatial…]. */
export function convolutionLayout(dims: readonly number[], group: number): WeightLayout {
  const spatial = spatialLetters(dims);
  if (!isDivisor(group, dims[0])) throw wrongGroup(dims[0], group);
  const axes = dims.map((_, axis) => axis);
  return layout(dims, [0, ...axes.slice(2), 1], `O${spatial}I`, `OI${spatial}`, dims[0]);
}

/** ConvTranspose: [in][out / group][spatial…], seen as [group][in / group][out / group][spatial…]. */
export function transposedConvolutionLayout(dims: readonly number[], group: number): WeightLayout {
  const spatial = spatialLetters(dims);
  const [inputs, outputsOfGroup, ...kernel] = dims;
  if (!isDivisor(group, inputs)) throw wrongGroup(inputs, group);
  const outputs = group * outputsOfGroup;
  const names = { name: `O${spatial}I`, onnxName: `IO${spatial}` };
  const kernelAxes = kernel.map((_, axis) => axis + 3);
  return {
    ...layout(
      [group, inputs / group, outputsOfGroup, ...kernel],
      [0, 2, ...kernelAxes, 1],
      names.name,
      names.onnxName,
      outputs,
    ),
    storedDims: [outputs, ...kernel, inputs / group],
  };
}

/** A matrix with one output channel a row ([out][in]) or a column ([in][out]). */
export function denseLayout(dims: readonly number[], outputs: "rows" | "columns"): WeightLayout {
  if (dims.length !== 2) throw wrongRank(dims, "2");
  return outputs === "rows" ? layout(dims, [0, 1], "OI", "OI", dims[0]) : layout(dims, [1, 0], "OI", "IO", dims[1]);
}

/** The constant side of MatMul: output channels are the columns of a right side and the rows of a left one. */
export function matMulLayout(dims: readonly number[], side: "left" | "right"): WeightLayout {
  if (dims.length === 0) throw wrongRank(dims, "1 or more");
  const outputs = side === "right" ? "columns" : "rows";
  if (dims.length === 1) return denseLayout(side === "right" ? [dims[0], 1] : [1, dims[0]], outputs);
  const matrix = dims.slice(-2);
  const batch = elementCount(dims.slice(0, -2));
  if (batch === 1) return denseLayout(matrix, outputs);
  return side === "right"
    ? layout([batch, ...matrix], [2, 0, 1], "OBI", "BIO", matrix[1])
    : layout([batch, ...matrix], [1, 0, 2], "OBI", "BOI", matrix[0]);
}

/** W or R of LSTM, GRU and RNN: [directions][gates · hidden][inputs]; every gate row is an output channel. */
export function recurrentLayout(dims: readonly number[], gates: number, weights: "W" | "R"): WeightLayout {
  if (dims.length !== 3) throw wrongRank(dims, "3");
  const [directions, rows, inputs] = dims;
  if (rows % gates !== 0) throw wrongGroup(rows, gates);
  const letter = weights === "W" ? "I" : "H";
  return layout([directions * rows, inputs], [0, 1], `G${letter}`, `DG${letter}`, directions * rows);
}

/** The table of Gather: one output channel for each entry along the gathered axis. */
export function tableLayout(dims: readonly number[], axis: number): WeightLayout {
  const at = axis < 0 ? axis + dims.length : axis;
  if (!(at >= 0 && at < dims.length)) throw wrongRank(dims, `more than ${axis}`);
  const before = elementCount(dims.slice(0, at));
  const after = elementCount(dims.slice(at + 1));
  return at === 0
    ? layout([dims[0], after], [0, 1], "VE", "VE", dims[0])
    : layout([before, dims[at], after], [1, 0, 2], "VPE", "PVE", dims[at]);
}

function layout(
  viewDims: readonly number[],
  permutation: readonly number[],
  name: string,
  onnxName: string,
  channels: number,
): WeightLayout {
  const perChannel = channels === 0 ? 0 : elementCount(viewDims) / channels;
  const storedDims = permutation.map((axis) => viewDims[axis]);
  return { viewDims, permutation, channels, perChannel, name, storedDims, onnxName };
}

function spatialLetters(dims: readonly number[]): string {
  if (dims.length < 3 || dims.length > 5) throw wrongRank(dims, "3 to 5");
  return SPATIAL[dims.length - 2];
}

function isDivisor(group: number, channels: number): boolean {
  return Number.isSafeInteger(group) && group > 0 && channels % group === 0;
}

function wrongRank(dims: readonly number[], expected: string): BitwrightError {
  return new BitwrightError(
    "tensor-shape",
    `the weights have ${dims.length} dimensions where ${expected} are expected`,
    "Check the model with the ONNX checker and export it again",
  );
}

function wrongGroup(channels: number, group: number): BitwrightError {
  return new BitwrightError(
    "tensor-shape",
    `${channels} channels cannot be divided into ${group} groups`,
    "Check the model with the ONNX checker and export it again",
  );
}
