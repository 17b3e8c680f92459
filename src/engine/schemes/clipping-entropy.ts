/**
 * The range of least Kullback–Leibler divergence between the distribution of the magnitudes and that of their codes.
 * Source: the calibration of NVIDIA TensorRT (Migacz, 2017), here with bins enough for every width that it can tell apart.
 */

const BINS = 8192;
/** From this width on steps are hardly wider than bins, and the range stays that of all weights. */
const MAX_BITS = 10;
/** Every 32nd threshold is tried first, then all around the best of these. */
const STRIDE = 32;

/**
 * Magnitudes are counted in 8,192 bins up to the largest. For a threshold of t bins, P is the histogram up to t with all
 * that lies beyond in its last bin; Q spreads what each of the `2^(bits−1)` steps holds evenly over its occupied bins, without
 * what lies beyond. The t of least `Σ P·ln(P/Q)` wins, the largest of equals. A last bin of Q that would be empty counts as one weight.
 * @param largest max|w| over the group, positive
 */
export function entropyRange(values: Float32Array, start: number, end: number, largest: number, bits: number): number {
  if (bits > MAX_BITS) return largest;
  const sums = cumulate(values, start, end, largest);
  const levels = 2 ** (bits - 1);
  let best = BINS;
  let least = divergence(sums, BINS, levels);
  const tryThreshold = (threshold: number): void => {
    const candidate = divergence(sums, threshold, levels);
    if (candidate < least) {
      least = candidate;
      best = threshold;
    }
  };
  for (let threshold = BINS - STRIDE; threshold >= levels; threshold -= STRIDE) tryThreshold(threshold);
  const last = Math.max(best - STRIDE, levels);
  for (let threshold = Math.min(best + STRIDE, BINS) - 1; threshold > last; threshold--) tryThreshold(threshold);
  return (largest * best) / BINS;
}

/** Sums over the bins below each index. */
interface CumulativeHistogram {
  readonly counts: Float64Array;
  readonly occupied: Int32Array;
  /** Of `count · ln(count)`. */
  readonly countLogs: Float64Array;
}

function cumulate(values: Float32Array, start: number, end: number, largest: number): CumulativeHistogram {
  const bins = new Float64Array(BINS);
  for (let i = start; i < end; i++) {
    const bin = ((Math.abs(values[i]) * BINS) / largest) | 0;
    bins[bin < BINS ? bin : BINS - 1]++;
  }
  const counts = new Float64Array(BINS + 1);
  const occupied = new Int32Array(BINS + 1);
  const countLogs = new Float64Array(BINS + 1);
  for (let bin = 0; bin < BINS; bin++) {
    const count = bins[bin];
    counts[bin + 1] = counts[bin] + count;
    occupied[bin + 1] = occupied[bin] + (count > 0 ? 1 : 0);
    countLogs[bin + 1] = countLogs[bin] + xLogX(count);
  }
  return { counts, occupied, countLogs };
}

/**
 * The divergence times the number of weights. With Q even over the occupied bins of a step, the sum over these is
 * `Σ c·ln(c) − C·ln(C / occupied)`, so that only steps are visited.
 */
function divergence({ counts, occupied, countLogs }: CumulativeHistogram, threshold: number, levels: number): number {
  const lastBin = threshold - 1;
  const lastCount = counts[threshold] - counts[lastBin];
  const lastWithBeyond = lastCount + counts[BINS] - counts[threshold];
  let total = countLogs[threshold] - xLogX(lastCount) + xLogX(lastWithBeyond);
  let from = 0;
  for (let level = 1; level <= levels; level++) {
    const to = Math.floor((level * threshold) / levels);
    let held = counts[to] - counts[from];
    let mass = held;
    let bins = occupied[to] - occupied[from];
    if (level === levels) {
      mass += lastWithBeyond - lastCount;
      if (lastCount === 0 && lastWithBeyond > 0) {
        held++;
        bins++;
      }
    }
    if (mass > 0) total -= mass * Math.log(held / bins);
    from = to;
  }
  return total;
}

function xLogX(x: number): number {
  return x > 0 ? x * Math.log(x) : 0;
}
