/** Bytes of the pieces that stand on the target when codes are packed. */
import { codeBytes } from "./codes";
import { packedChannelBytes } from "./packing";
import type { QuantizedWeights } from "./scheme";

export interface StoredBytes {
  /** Packed codes, every channel padded to a whole byte. */
  readonly codes: number;
  readonly scales: number;
  readonly zeroPoints: number;
  readonly palette: number;
}

const SCALE_BYTES = { "fixed-point": 8, half: 2, "power-of-two": 1 };

/** One piece each; a single scale or zero point is a constant of the code and takes nothing. */
export function storedBytes(quantized: QuantizedWeights): StoredBytes {
  const { channels, perChannel, bits, scales, codeMin, codeMax } = quantized;
  const groups = scales.length;
  const perGroup = (bytes: number): number => (groups > 1 ? groups * bytes : 0);
  const format = quantized.kind === "uniform" ? quantized.storedScales.format : "fixed-point";
  const hasZeroPoints = quantized.kind === "uniform" && quantized.zeroPoints !== null;
  return {
    codes: channels * packedChannelBytes(perChannel, bits),
    scales: perGroup(SCALE_BYTES[format]),
    zeroPoints: hasZeroPoints ? perGroup(codeBytes(codeMin, codeMax)) : 0,
    palette: quantized.kind === "codebook" ? quantized.palette.byteLength : 0,
  };
}
