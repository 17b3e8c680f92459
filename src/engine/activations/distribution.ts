/** A histogram that is filled batch by batch and grows its range as values come. */

/** Twice the least resolution: after growing by a factor of two, half of the bins cover the range. */
export const DISTRIBUTION_BINS = 8192;

/** Counts of values in bins of equal width. Exact zeros are counted apart: every scheme represents them exactly. */
export class Distribution {
  readonly counts: Float64Array;
  zeros = 0;
  /** All values, zeros included. */
  total = 0;
  private low = 0;
  private width = 0;

  constructor(bins = DISTRIBUTION_BINS) {
    this.counts = new Float64Array(bins);
  }

  /** Left edge of the first bin. */
  get min(): number {
    return this.low;
  }

  get binWidth(): number {
    return this.width;
  }

  /**
   * Counts values.
   * @param min not above any of them, finite
   * @param max not below any of them, finite
   * @returns false, and nothing of use is counted, where a value is NaN or Infinity
   */
  add(values: Float32Array, min: number, max: number): boolean {
    this.cover(min, max);
    const { counts, low } = this;
    const binsPerUnit = this.width === 0 ? 0 : 1 / this.width;
    const last = counts.length - 1;
    let zeros = 0;
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      sum += value;
      if (value === 0) zeros++;
      else {
        const bin = ((value - low) * binsPerUnit) | 0;
        counts[bin > last ? last : bin]++;
      }
    }
    this.zeros += zeros;
    this.total += values.length;
    return Number.isFinite(sum);
  }

  /** Centre of a bin. */
  centre(bin: number): number {
    return this.low + (bin + 0.5) * this.width;
  }

  /** Counts of all values in fewer bins of equal width over the same range, zeros included. */
  coarse(bins: number): { readonly min: number; readonly max: number; readonly counts: number[] } {
    const merged = new Array<number>(bins).fill(0);
    const [first, last] = this.occupied();
    const span = Math.max(1, last - first + 1);
    for (let bin = first; bin <= last; bin++) merged[Math.floor(((bin - first) * bins) / span)] += this.counts[bin];
    const min = this.low + first * this.width;
    const max = this.low + (last + 1) * this.width;
    if (this.zeros > 0 && max > min) {
      merged[Math.min(bins - 1, Math.max(0, Math.floor(((0 - min) * bins) / (max - min))))] += this.zeros;
    }
    return { min, max, counts: merged };
  }

  private occupied(): [number, number] {
    let first = this.counts.findIndex((count) => count > 0);
    let last = this.counts.findLastIndex((count) => count > 0);
    if (first < 0) return [0, 0];
    if (this.zeros > 0) {
      const zero = Math.min(this.counts.length - 1, Math.max(0, Math.floor(-this.low / this.width)));
      first = Math.min(first, zero);
      last = Math.max(last, zero);
    }
    return [first, last];
  }

  private cover(min: number, max: number): void {
    if (min === 0 && max === 0) return;
    const bins = this.counts.length;
    if (this.width === 0) {
      const span = max - min || Math.abs(max);
      this.low = min;
      this.width = (span * (1 + 2 ** -20)) / bins;
      return;
    }
    while (max > this.low + bins * this.width) this.halve(0);
    while (min < this.low) {
      this.halve(bins / 2);
      this.low -= (bins / 2) * this.width;
    }
  }

  /** Merges neighbouring bins into one half, which begins at bin `start`. */
  private halve(start: number): void {
    const { counts } = this;
    const half = counts.length / 2;
    const merged = new Float64Array(half);
    for (let bin = 0; bin < half; bin++) merged[bin] = counts[2 * bin] + counts[2 * bin + 1];
    counts.fill(0);
    counts.set(merged, start);
    this.width *= 2;
  }
}
