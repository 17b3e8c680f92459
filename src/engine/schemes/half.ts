/** Scales in IEEE 754 half precision (binary16). */

const SMALLEST_NORMAL_PATTERN = 0x0400;
/** Pattern of 65504. */
const LARGEST_PATTERN = 0x7bff;

/** Between the exponent biases of binary64 and binary16, where a pattern has its exponent. */
const BIAS_DIFFERENCE = (1023 - 15) << 10;

const scratch = new DataView(new ArrayBuffer(8));

/**
 * Pattern of the smallest positive half-precision number that is not below `value`; beyond 65504 that of 65504.
 * Rounding up keeps a scale from clipping the weight that set it.
 * @param value positive and finite
 */
export function halfNotBelow(value: number): number {
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  const isExact = (high & 0x3ff) === 0 && scratch.getUint32(4) === 0;
  const pattern = (high >>> 10) - BIAS_DIFFERENCE + (isExact ? 0 : 1);
  if (pattern < SMALLEST_NORMAL_PATTERN) return Math.ceil(value * 2 ** 24);
  return Math.min(pattern, LARGEST_PATTERN);
}
