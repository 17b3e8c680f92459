/** Scales that are powers of two, as exponents that fit int8. */

const MIN_EXPONENT = -128;
const MAX_EXPONENT = 127;

const scratch = new DataView(new ArrayBuffer(8));

/** floor(log2(value)) of a positive normal double, exactly. */
export function exponentOf(value: number): number {
  scratch.setFloat64(0, value);
  return (scratch.getUint32(0) >>> 20) - 1023;
}

/**
 * The smallest e, kept to −128 … 127, for which `range / 2^e` rounds to at most `limit`: below `limit + ½`.
 * @param range not negative; 0 gives 0, so that the scale of an all-zero group is 1
 */
export function smallestExponent(range: number, limit: number): number {
  if (range === 0) return 0;
  const ratio = range / (limit + 0.5);
  return Math.min(Math.max(exponentOf(ratio) + 1, MIN_EXPONENT), MAX_EXPONENT);
}

/** {@link smallestExponent} of each range. */
export function smallestExponents(ranges: Float64Array, limit: number): Int8Array {
  const exponents = new Int8Array(ranges.length);
  for (let group = 0; group < ranges.length; group++) exponents[group] = smallestExponent(ranges[group], limit);
  return exponents;
}

const POWERS = Float64Array.from({ length: MAX_EXPONENT - MIN_EXPONENT + 1 }, (_, i) => 2 ** (i + MIN_EXPONENT));

/** 2^e of each exponent. */
export function powersOfTwo(exponents: Int8Array): Float64Array {
  const powers = new Float64Array(exponents.length);
  for (let group = 0; group < exponents.length; group++) powers[group] = POWERS[exponents[group] - MIN_EXPONENT];
  return powers;
}
