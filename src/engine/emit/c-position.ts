/** Where a weight, named by output channel and position within it, stands in the order of the ONNX tensor. */
import type { WeightLayout } from "../graph/layout";
import { rowMajorStrides } from "../onnx/tensor";
import type { CFunction } from "./c-function";
import type { LayerNames } from "./layer-names";

/** Neighbouring axes that are contiguous in both orders, as one; strides are in weights. */
interface Axis {
  readonly size: number;
  readonly storedStride: number;
  readonly onnxStride: number;
}

/** Whether channel-major order is that of the model. */
export function isOnnxOrder(layout: WeightLayout): boolean {
  return mergedAxes(layout).every(({ storedStride, onnxStride }) => storedStride === onnxStride);
}

/** The function from a weight to its position in the order of the model. */
export function positionFunction(layout: WeightLayout, { functions, macros }: LayerNames): CFunction {
  const terms = mergedAxes(layout).map(termText);
  return {
    result: "uint32_t",
    name: functions.position,
    parameters: "uint32_t channel, uint32_t index",
    body: [`const uint32_t stored = channel * ${macros.channelWeights} + index;`, "", `return ${terms.join(" + ")};`],
  };
}

/** What an axis adds: its coordinate, times its stride in the model. The outermost axis needs no remainder. */
function termText({ size, storedStride, onnxStride }: Axis, position: number): string {
  return [
    "stored",
    ...(storedStride > 1 ? [`/ ${storedStride}u`] : []),
    ...(position > 0 ? [`% ${size}u`] : []),
    ...(onnxStride > 1 ? [`* ${onnxStride}u`] : []),
  ].join(" ");
}

/** Axes in channel-major order, outermost first, without those of a single element. */
function mergedAxes({ viewDims, permutation }: WeightLayout): Axis[] {
  const onnxStrides = rowMajorStrides(viewDims);
  const storedStrides = rowMajorStrides(permutation.map((axis) => viewDims[axis]));
  const merged: Axis[] = [];
  permutation.forEach((axis, position) => {
    const size = viewDims[axis];
    const onnxStride = onnxStrides[axis];
    const storedStride = storedStrides[position];
    if (size === 1) return;
    const outer = merged.at(-1);
    const continues = outer?.onnxStride === size * onnxStride;
    if (continues) merged.pop();
    merged.push({ size: continues ? outer.size * size : size, storedStride, onnxStride });
  });
  return merged;
}
