/**
 * The scale of every channel of a region, from ranges alone.
 * Source: Meller, Finkelstein, Almog, Grobman, Same, Same But Different (2019), §4, algorithms 1 and 2.
 */

export interface RegionRanges {
  /** K of each producer: max|W_c| by class, null where the producer does not make the class. */
  readonly weights: readonly (readonly (number | null)[])[];
  /** A of each value: the largest |activation| by class, null where the value does not hold it. */
  readonly activations: readonly (readonly (number | null)[])[];
  /** max|W_next[·,c]| / max|W_next| by class, the largest of all consumers; 0 for a class that none reads. */
  readonly next: readonly number[];
}

/**
 * Algorithm 1: `S_c = min( max_j K_j / K_c , max_j A_j / A_c , S_max )`, the smallest of all producers' and values' ratios. A
 * channel whose ranges are all zero keeps S = 1.
 */
export function oneStepScales(ranges: RegionRanges, maxScale: number): Float64Array {
  return amplification(
    ranges,
    Float64Array.from(ranges.next, () => 1),
    maxScale,
  );
}

/**
 * Algorithm 2: `S_c = m_c · min( max_j(K_j·m_j)/(K_c·m_c), max_j(A_j·m_j)/(A_c·m_c), S_max )`, where m is `next`; a channel
 * that no consumer reads counts as the smallest. Not yet divided by min S.
 */
export function twoStepScales(ranges: RegionRanges, maxScale: number): Float64Array {
  const attenuation = attenuationOf(ranges.next);
  return amplification(ranges, attenuation, maxScale).map((scale, index) => scale * attenuation[index]);
}

function attenuationOf(next: readonly number[]): Float64Array {
  const smallest = next.reduce((least, value) => (value > 0 && value < least ? value : least), 1);
  return Float64Array.from(next, (value) => (value > 0 ? value : smallest));
}

function amplification({ weights, activations }: RegionRanges, factors: Float64Array, maxScale: number): Float64Array {
  const scales = new Float64Array(factors.length).fill(Infinity);
  for (const range of [...weights, ...activations]) {
    let most = 0;
    for (let index = 0; index < range.length; index++) most = Math.max(most, (range[index] ?? 0) * factors[index]);
    for (let index = 0; index < range.length; index++) {
      const own = (range[index] ?? 0) * factors[index];
      if (own > 0) scales[index] = Math.min(scales[index], most / own);
    }
  }
  return scales.map((scale) => (scale === Infinity ? 1 : Math.min(scale, maxScale)));
}

/**
 * Cross-layer equalization, Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction (2019), eq.
 * 11 written for the output side: `S_c = √(r_next,c / r_c)`; 1 where either range is zero.
 * @param own largest |weight| by class of the layers that make the channel
 * @param next largest |weight| by class of the layers that read it
 */
export function crossLayerScales(own: readonly number[], next: readonly number[]): Float64Array {
  return Float64Array.from(own, (range, index) => (range > 0 && next[index] > 0 ? Math.sqrt(next[index] / range) : 1));
}
