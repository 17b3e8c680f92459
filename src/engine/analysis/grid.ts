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
  const { codeMin, codeMax, scales, zeroPoints } = quantized;
  const single = scales.length === 1;
  if (codeMax - codeMin >= MAX_LEVELS || (!single && scales.length !== channels)) return null;
  const group = single ? 0 : channel;
  const zeroPoint = zeroPoints?.[group] ?? 0;
  const levels = Array.from(
    { length: codeMax - codeMin + 1 },
    (_, index) => scales[group] * (codeMin + index - zeroPoint),
  );
  return { channel: single ? null : channel, levels };
}
