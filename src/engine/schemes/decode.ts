/** From codes back to the weights they stand for. */
import type { QuantizedWeights } from "./scheme";

/**
 * The weights that the codes stand for, `ŵ = scale · (code − zeroPoint)`, in channel-major order. The product is taken
 * in double precision and rounded once to float32, the precision of the weights themselves.
 */
export function decode(quantized: QuantizedWeights): Float32Array {
  const { codes, scales, zeroPoints, groupSize } = quantized;
  const values = new Float32Array(codes.length);
  for (let group = 0; group < scales.length; group++) {
    const start = group * groupSize;
    const end = Math.min(start + groupSize, codes.length);
    const scale = scales[group];
    const zeroPoint = zeroPoints === null ? 0 : zeroPoints[group];
    for (let i = start; i < end; i++) values[i] = scale * (codes[i] - zeroPoint);
  }
  return values;
}
