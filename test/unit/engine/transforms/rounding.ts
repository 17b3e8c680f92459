/** How much of a network's output rounding alone can change. */
import type { Samples } from "../../../../src/engine/activations/run";
import { findLayers } from "../../../../src/engine/graph/layers";
import type { OnnxModel } from "../../../../src/engine/onnx/model";
import type { Runtime } from "../../../../src/engine/runtime";
import { MAX_RELATIVE_DIFFERENCE, relativeDifference } from "../../../../src/engine/transforms/function-check";
import { ModelRewriter } from "../../../../src/engine/transforms/layer-edits";

/**
 * Scaling rounds every weight once, and each of the two networks rounds a sum of n products 2n times: 1 + 4n roundings of up
 * to 2⁻²⁴ for a weight. They are independent, so they grow like √(1 + 4n), which is 40 for the 400 products of the largest
 * layer of the random networks. Weights of 16 bits are off by up to 2⁻¹⁶ or 256 such roundings, six times as much.
 * Source: Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis (2019), §2.
 */
const SIGNIFICANT_BITS = 16;

/**
 * Whether rounding cannot bring the outputs of an equalized network beyond the limit of the function check: it does where an
 * output is a small difference of large sums.
 */
export async function toleratesRounding(model: OnnxModel, runtime: Runtime, samples: Samples): Promise<boolean> {
  const rewriter = new ModelRewriter(model);
  for (const layer of findLayers(model).layers) {
    rewriter.change({ layer, weights: layer.weight.values.map(rounded), bias: layer.bias?.map(rounded) });
  }
  const difference = await relativeDifference(model, rewriter.finish(), runtime, samples);
  return difference < MAX_RELATIVE_DIFFERENCE;
}

function rounded(value: number): number {
  if (value === 0) return 0;
  const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) + 1 - SIGNIFICANT_BITS);
  return Math.round(value / step) * step;
}
