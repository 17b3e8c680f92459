/** Biases of few bits: the model with the values that their codes stand for. */
import { fixedPointBias, type BiasBits } from "../emit/fixed-point";
import type { Layer } from "../graph/layer";
import type { OnnxModel } from "../onnx/model";
import { ModelRewriter } from "./layer-edits";

/**
 * Rounds the biases of layers to integers of `bits` bits with a power of two as scale, the same for all channels of a layer: see
 * {@link fixedPointBias}. Everything that is made of the model afterwards has these values: quantized ONNX and integer C,
 * which add them in the unit of the products, and all figures. Source: Meller et al. (2019), §5.2, whose biases have 16 bits.
 *
 * @param layers of this model, with finite biases
 */
export function withRoundedBiases(model: OnnxModel, layers: readonly Layer[], bits: BiasBits): OnnxModel {
  const rewriter = new ModelRewriter(model);
  for (const layer of layers) {
    if (layer.bias === null) continue;
    const { codes, fractionBits } = fixedPointBias(layer.bias, bits);
    rewriter.change({ layer, bias: Float32Array.from(codes, (code) => code * 2 ** -fractionBits) });
  }
  return rewriter.finish();
}
