/** The exact median magnitude of any number of weights, in two counting passes and without a copy of them. */

/** Without their sign bit, the bits of floats order as the magnitudes do; they are counted by their upper and lower part. */
const MAGNITUDE_MASK = 0x7fff_ffff;
const LOW_BITS = 15;
const LOW_MASK = 2 ** LOW_BITS - 1;
const HIGH_COUNT = 2 ** (31 - LOW_BITS);

/** The median of |w| over finite values: the middle one, or the mean of the two middle ones; 0 for no values. */
export function medianMagnitude(values: Float32Array): number {
  if (values.length === 0) return 0;
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const highCounts = new Uint32Array(HIGH_COUNT);
  for (let i = 0; i < bits.length; i++) highCounts[(bits[i] & MAGNITUDE_MASK) >>> LOW_BITS]++;
  const upper = Math.floor(values.length / 2);
  const lower = values.length % 2 === 0 ? upper - 1 : upper;
  const upperMagnitude = magnitudeOfRank(bits, highCounts, upper);
  if (lower === upper) return upperMagnitude;
  return (upperMagnitude + magnitudeOfRank(bits, highCounts, lower)) / 2;
}

/** The magnitude that stands at `rank`, counted from 0, among the sorted ones. */
function magnitudeOfRank(bits: Uint32Array, highCounts: Uint32Array, rank: number): number {
  const high = countedRank(highCounts, rank);
  const lowCounts = new Uint32Array(LOW_MASK + 1);
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i] & MAGNITUDE_MASK;
    if (magnitude >>> LOW_BITS === high.bin) lowCounts[magnitude & LOW_MASK]++;
  }
  const low = countedRank(lowCounts, high.rest);
  return floatOfBits(high.bin * 2 ** LOW_BITS + low.bin);
}

/** The bin in which the element of that rank is, and its rank within the bin. */
function countedRank(counts: Uint32Array, rank: number): { bin: number; rest: number } {
  let rest = rank;
  let bin = 0;
  while (rest >= counts[bin]) rest -= counts[bin++];
  return { bin, rest };
}

function floatOfBits(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}
