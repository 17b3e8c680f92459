/** The range that loses the least information, by search over thresholds. */
import type { GroupRange } from "./calibrate";
import type { Distribution } from "./distribution";

/** Bins of magnitudes over which the search goes. */
const MAGNITUDE_BINS = 4096;

/** Levels of magnitude above which the codes are finer than the bins, and nothing can be searched. */
const MOST_LEVELS = MAGNITUDE_BINS / 2;

/** Thresholds that are tried. */
const CANDIDATES = 256;

/**
 * The magnitude to clip at for which the Kullback-Leibler divergence between the clipped distribution and the one that codes
 * can express is least. Exact zeros, which every range represents, stay out of both. With codes finer than the bins the
 * exact maximum.
 *
 * @param bits of the codes; a range of both signs spends half of them on each
 */
export function entropyThreshold({ min, max, distribution }: GroupRange, bits: number): number {
  const largest = Math.max(-min, max);
  const levels = min < 0 && max > 0 ? 2 ** (bits - 1) : 2 ** bits;
  if (levels > MOST_LEVELS) return largest;
  const magnitudes = magnitudeCounts(distribution, largest);
  const first = Math.max(levels, 1);
  const step = Math.max(1, Math.floor((MAGNITUDE_BINS - first) / CANDIDATES));
  let best = MAGNITUDE_BINS;
  let least = Infinity;
  for (let bins = MAGNITUDE_BINS; bins >= first; bins -= step) {
    const divergence = clippedDivergence(magnitudes, bins, levels);
    if (divergence < least) [least, best] = [divergence, bins];
  }
  return (largest * best) / MAGNITUDE_BINS;
}

function magnitudeCounts(distribution: Distribution, largest: number): Float64Array {
  const magnitudes = new Float64Array(MAGNITUDE_BINS);
  const { counts } = distribution;
  for (let bin = 0; bin < counts.length; bin++) {
    if (counts[bin] === 0) continue;
    const position = Math.floor((Math.abs(distribution.centre(bin)) * MAGNITUDE_BINS) / largest);
    magnitudes[Math.min(position, MAGNITUDE_BINS - 1)] += counts[bin];
  }
  return magnitudes;
}

/**
 * KL divergence, in nats, of the first `bins` bins with all that lies beyond added to the last of them, from the same bins
 * averaged over `levels` groups (empty bins stay empty).
 */
function clippedDivergence(magnitudes: Float64Array, bins: number, levels: number): number {
  let inside = 0;
  for (let bin = 0; bin < bins; bin++) inside += magnitudes[bin];
  let total = inside;
  for (let bin = bins; bin < magnitudes.length; bin++) total += magnitudes[bin];
  if (inside === 0) return Infinity;
  const beyond = total - inside;
  const clippedCount = (bin: number) => magnitudes[bin] + (bin === bins - 1 ? beyond : 0);
  let divergence = 0;
  for (let level = 0; level < levels; level++) {
    const start = Math.floor((level * bins) / levels);
    const end = Math.floor(((level + 1) * bins) / levels);
    let sum = 0;
    let occupied = 0;
    for (let bin = start; bin < end; bin++) {
      sum += magnitudes[bin];
      if (clippedCount(bin) > 0) occupied++;
    }
    for (let bin = start; bin < end; bin++) {
      const clipped = clippedCount(bin) / total;
      if (clipped === 0) continue;
      if (sum === 0) return Infinity;
      divergence += clipped * Math.log(clipped / (sum / occupied / inside));
    }
  }
  return divergence;
}
