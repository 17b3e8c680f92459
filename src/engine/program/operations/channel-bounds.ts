/** `output = min(max(input, minima[channel]), maxima[channel])`: bounds that differ by channel, as equalization leaves ReLU6. */
import type { CodeArray, OperationBase } from "../program";

export interface ChannelBounds extends OperationBase {
  readonly kind: "channel-bounds";
  /** Codes, one a channel; input and output have the same scale and zero point. */
  readonly minima: Int16Array;
  readonly maxima: Int16Array;
  /** Elements are stored as [outerCount][channels][innerCount]. */
  readonly outerCount: number;
  readonly innerCount: number;
}

export function runChannelBounds(operation: ChannelBounds, input: CodeArray, output: CodeArray): void {
  const { minima, maxima, outerCount, innerCount } = operation;
  let at = 0;
  for (let outer = 0; outer < outerCount; outer++) {
    for (let channel = 0; channel < minima.length; channel++) {
      const low = minima[channel];
      const high = maxima[channel];
      for (let inner = 0; inner < innerCount; inner++, at++) output[at] = Math.min(Math.max(input[at], low), high);
    }
  }
}
