/** Sorted weights as points with counts, few enough for algorithms that visit all of them many times. */

export interface WeightedPoints {
  /** Ascending; a distinct weight each, or the mean of close ones. */
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** Whether some point stands for several distinct weights. */
  readonly merged: boolean;
}

/**
 * At most `3·resolution + 1` points. Where there are more distinct weights than that, neighbours become one point as long
 * as they are at most N/resolution of the N weights and span at most range/resolution. Equal weights stay together.
 *
 * Of any two points in a row either the counts add up to more than N/resolution, which happens less than 2·resolution
 * times, or the first weights are more than range/resolution apart, which happens less than `resolution` times.
 * @param sorted ascending, not empty
 */
export function weightedPoints(sorted: Float32Array, resolution: number): WeightedPoints {
  const total = sorted.length;
  const merged = countDistinct(sorted) > 3 * resolution + 1;
  const maxCount = merged ? total / resolution : 0;
  const maxWidth = merged ? (sorted[total - 1] - sorted[0]) / resolution : 0;
  const values: number[] = [];
  const counts: number[] = [];
  let first = 0;
  let sum = 0;
  let count = 0;
  for (let run = 0; run < total;) {
    const value = sorted[run];
    let next = run + 1;
    while (next < total && sorted[next] === value) next++;
    if (count > 0 && (count + next - run > maxCount || value - first > maxWidth)) {
      values.push(sum / count);
      counts.push(count);
      count = 0;
    }
    if (count === 0) [first, sum] = [value, 0];
    sum += value * (next - run);
    count += next - run;
    run = next;
  }
  values.push(sum / count);
  counts.push(count);
  return { values: Float64Array.from(values), counts: Float64Array.from(counts), merged };
}

function countDistinct(sorted: Float32Array): number {
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
}
