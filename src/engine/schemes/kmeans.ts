/**
 * One-dimensional k-means to its global optimum.
 *
 * Clusters of sorted points are intervals, so that dynamic programming finds the best ones: `D[m][j]`, the least squared
 * error of the first j points in m clusters, is the least of `D[m−1][i] + error(i…j)`. The best i rises with j and with m,
 * which divide and conquer uses: O(k·n·log n) in place of O(k·n²).
 * Source: k-means codebooks, Köksal, Alpaydın, Dündar (2001), there by Lloyd's local search; the program is that of Wang
 * and Song, Ckmeans.1d.dp (2011), with the monotony that Grønlund et al. (2017) prove.
 */
import { weightedPoints, type WeightedPoints } from "./weighted-points";

/**
 * Up to 49,153 (`3·2^14 + 1`) distinct weights the optimum is exact. More are merged into points first, and Lloyd's iteration over all
 * weights follows. The squared error then exceeds the optimum by at most `2·(range / 2^14)²` a weight: taking the optimal
 * centres c and giving each point whole to one side costs `2·(c[j+1] − c[j])·|w − middle|` for a weight on the wrong one; only points that
 * hold a middle matter, each of at most N/2^14 weights and range/2^14 wide, and the gaps add up to the range at most.
 */
export const KMEANS_RESOLUTION = 2 ** 14;

const MAX_LLOYD_ITERATIONS = 100;

/**
 * Centres of least squared error, ascending: `count` of them, or each distinct weight where there are no more than that.
 * @param sorted ascending, not empty
 * @param count at least 1
 */
export function optimalCentres(
  sorted: Float32Array,
  count: number,
  resolution: number = KMEANS_RESOLUTION,
): Float64Array {
  const points = weightedPoints(sorted, resolution);
  if (points.values.length <= count) return points.values;
  const centres = centresOf(points, clusterStarts(points, count));
  return points.merged ? lloyd(sorted, centres) : centres;
}

/** Where each cluster of the optimal partition begins. @param count from 1 to the number of points */
function clusterStarts(points: WeightedPoints, count: number): Int32Array {
  const n = points.values.length;
  const { weights, sums } = prefixSums(points);
  const choices: Uint16Array[] = [new Uint16Array(n + 1)];
  let previous = sums.map((sum, j) => (j === 0 ? 0 : (sum * sum) / weights[j]));
  for (let clusters = 2; clusters <= count; clusters++) {
    const current = new Float64Array(n + 1);
    const choice = new Uint16Array(n + 1);
    const lowest = choices[clusters - 2];
    const solve = (from: number, to: number, first: number, last: number): void => {
      const j = (from + to) >>> 1;
      const low = Math.max(first, lowest[j], clusters - 1);
      const high = Math.min(last, j - 1);
      const weight = weights[j];
      const sum = sums[j];
      let best = Math.min(low, high);
      let most = -Infinity;
      for (let i = best; i <= high; i++) {
        const difference = sum - sums[i];
        const value = previous[i] + (difference * difference) / (weight - weights[i]);
        if (value > most) {
          most = value;
          best = i;
        }
      }
      current[j] = most;
      choice[j] = best;
      if (from < j) solve(from, j - 1, first, best);
      if (j < to) solve(j + 1, to, best, last);
    };
    solve(clusters === count ? n : clusters, n, clusters - 1, n - 1);
    choices.push(choice);
    previous = current;
  }
  const starts = new Int32Array(count);
  let end = n;
  for (let cluster = count - 1; cluster > 0; cluster--) {
    end = choices[cluster][end];
    starts[cluster] = end;
  }
  return starts;
}

/**
 * Counts and sums of the points below each index. The squared error of an interval is `Σ c·x² − S²/C`; the first term is
 * the same for every partition, so that the greatest `Σ S²/C` is looked for. Around the mean less of it cancels.
 */
function prefixSums({ values, counts }: WeightedPoints): { weights: Float64Array; sums: Float64Array } {
  const weights = new Float64Array(values.length + 1);
  const sums = new Float64Array(values.length + 1);
  let total = 0;
  let weighted = 0;
  for (let i = 0; i < values.length; i++) {
    total += counts[i];
    weighted += counts[i] * values[i];
  }
  const mean = weighted / total;
  for (let i = 0; i < values.length; i++) {
    weights[i + 1] = weights[i] + counts[i];
    sums[i + 1] = sums[i] + counts[i] * (values[i] - mean);
  }
  return { weights, sums };
}

function centresOf({ values, counts }: WeightedPoints, starts: Int32Array): Float64Array {
  return Float64Array.from(starts, (start, cluster) => {
    const end = cluster + 1 < starts.length ? starts[cluster + 1] : values.length;
    let weight = 0;
    let sum = 0;
    for (let i = start; i < end; i++) {
      weight += counts[i];
      sum += counts[i] * values[i];
    }
    return sum / weight;
  });
}

/**
 * Lloyd's iteration from given centres until no weight changes sides, or 100 times: the error never grows. A centre left
 * without weights stays where it is.
 * @param sorted ascending, not empty
 * @param start ascending
 */
export function lloyd(sorted: Float32Array, start: Float64Array): Float64Array {
  const sums = new Float64Array(sorted.length + 1);
  for (let i = 0; i < sorted.length; i++) sums[i + 1] = sums[i] + sorted[i];
  const centres = start.slice();
  const ends = new Int32Array(centres.length);
  for (let iteration = 0; iteration < MAX_LLOYD_ITERATIONS; iteration++) {
    let moved = false;
    for (let cluster = 0; cluster < centres.length; cluster++) {
      const end =
        cluster + 1 < centres.length
          ? firstAbove(sorted, (centres[cluster] + centres[cluster + 1]) / 2)
          : sorted.length;
      if (end !== ends[cluster]) moved = true;
      ends[cluster] = end;
    }
    if (!moved) break;
    let from = 0;
    for (let cluster = 0; cluster < centres.length; cluster++) {
      const to = ends[cluster];
      if (to > from) centres[cluster] = (sums[to] - sums[from]) / (to - from);
      from = to;
    }
  }
  return centres;
}

function firstAbove(sorted: Float32Array, bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
