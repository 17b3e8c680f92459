/** Quantizers that have no shorter way to what codes stand for than the codes. */
import { decode } from "../../schemes/decode";
import type { QuantizedWeights } from "../../schemes/scheme";
import type { WeightQuantizer } from "./quantizer";

/** @param codes of masters */
export function decoding(
  codes: (masters: Float32Array) => QuantizedWeights,
): Pick<WeightQuantizer, "quantize" | "scales"> {
  let scales = new Float64Array(0);
  return {
    quantize: (masters, target) => {
      const quantized = codes(masters);
      scales = Float64Array.from(quantized.scales);
      target.set(decode(quantized));
    },
    scales: () => scales,
  };
}
