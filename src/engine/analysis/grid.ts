/** The levels that codes stand for. */
import type { QuantizationGrid } from "../../protocol/diagnosis";
import type { QuantizedWeights } from "../schemes/scheme";

/** More lines than that are a grey area, not a grid. */
const MAX_LEVELS = 512;

/**
 * The levels of one group of codes, ascending.
 * @param channel whose levels, where each channel has its own
 * @returns null where there are too many to draw, or where a channel has several groups
 */
export function quantizationGrid(
  quantized: QuantizedWeights,
  channel: number,
  channels: number,
): QuantizationGrid | null {
  const { codeMin, codeMax, scales } = quantized;
  const single = scales.length === 1;
  if (codeMax - codeMin >= MAX_LEVELS || (!single && scales.length !== channels)) return null;
  const group = single ? 0 : channel;
  const levels = Array.from({ length: codeMax - codeMin + 1 }, (_, index) => codeMin + index)
    .filter((code) => quantized.kind !== "ceil" || code !== 0)
    .map((code) => scales[group] * integerOf(quantized, group, code));
  return { channel: single ? null : channel, levels: [...new Set(levels)].sort((a, b) => a - b) };
}

/** The integer that a code stands for in units of its group's scale. */
function integerOf(quantized: QuantizedWeights, group: number, code: number): number {
  switch (quantized.kind) {
    case "uniform":
      return code - (quantized.zeroPoints?.[group] ?? 0);
    case "ceil":
      return code;
    case "log2":
      return code === 0 ? 0 : Math.sign(code) * 2 ** (Math.abs(code) - 1);
    case "codebook":
      return quantized.palette[group * 2 ** quantized.bits + code];
  }
}
