/** Histograms of weights before and after quantization, in the same bins. */

export const HISTOGRAM_BINS = 64;

export interface Histogram {
  /** Left edge of the first bin and right edge of the last one. */
  readonly min: number;
  readonly max: number;
  readonly counts: Uint32Array;
  /** The decoded weights in the same bins; null where nothing was quantized. */
  readonly quantizedCounts: Uint32Array | null;
}

/**
 * Counts weights in bins of equal width that reach over the weights and over what their codes stand for; a value at an
 * inner edge counts to the right. A single distinct value gets bins of the width of its magnitude around it.
 * @param decoded null where nothing was quantized
 */
export function histogram(values: Float32Array, decoded: Float32Array | null): Histogram {
  let [min, max] = decoded === null ? range(values) : joined(range(values), range(decoded));
  if (min === max) {
    const halfWidth = Math.abs(min) / 2 || 0.5;
    [min, max] = [min - halfWidth, max + halfWidth];
  }
  return {
    min,
    max,
    counts: counted(values, min, max),
    quantizedCounts: decoded === null ? null : counted(decoded, min, max),
  };
}

function range(values: Float32Array): [number, number] {
  if (values.length === 0) return [0, 0];
  let min = values[0];
  let max = min;
  for (let i = 1; i < values.length; i++) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min, max];
}

function joined(a: [number, number], b: [number, number]): [number, number] {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}

function counted(values: Float32Array, min: number, max: number): Uint32Array {
  const counts = new Uint32Array(HISTOGRAM_BINS);
  const width = max - min;
  const last = HISTOGRAM_BINS - 1;
  for (let i = 0; i < values.length; i++) {
    const bin = (((values[i] - min) * HISTOGRAM_BINS) / width) | 0;
    counts[bin > last ? last : bin]++;
  }
  return counts;
}
