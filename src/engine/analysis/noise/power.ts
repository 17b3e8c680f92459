/** Noise power and decibels. */

/** Mean over all elements of sums per channel. */
export function power(sums: Float64Array, elementsPerChannel: number): number {
  return sums.reduce((total, sum) => total + sum, 0) / (sums.length * elementsPerChannel);
}

/** `10·log10(signal/noise)`; null where either is zero or unknown. */
export function decibels(signal: number, noise: number | null): number | null {
  return noise === null || noise === 0 || signal === 0 ? null : 10 * Math.log10(signal / noise);
}
