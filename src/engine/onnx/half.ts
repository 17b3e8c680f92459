/** 16-bit floating-point formats to single precision. */

/** 2^(exponent - 15 - 10) for each biased exponent of IEEE 754 binary16; subnormals share the exponent of 1. */
const HALF_UNIT = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));

/** Value of an IEEE 754 binary16 bit pattern. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  const significand = exponent === 0 ? fraction : fraction + 1024;
  return sign * significand * HALF_UNIT[exponent];
}

const scratch = new DataView(new ArrayBuffer(4));

/** Value of a bfloat16 bit pattern: the upper half of an IEEE 754 binary32. */
export function fromBfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}
