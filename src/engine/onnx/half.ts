/** 16-bit floating-point formats. */
import { roundHalfEven } from "../schemes/rounding";

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

/** Bit pattern of the nearest bfloat16, ties to even; values beyond the largest finite one become infinite. */
export function toBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const upper = bits >>> 16;
  const rest = bits & 0xffff;
  return rest > 0x8000 || (rest === 0x8000 && (upper & 1) === 1) ? upper + 1 : upper;
}

/** Bit pattern of the nearest IEEE 754 binary16, ties to even; values beyond the largest finite one become infinite. */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  const exponent = Math.max(1, Math.floor(Math.log2(magnitude)) + 15);
  // The leading bit of a normal significand adds 1 to the exponent field; a subnormal has none and adds nothing.
  return sign | (((exponent - 1) << 10) + roundHalfEven(magnitude / HALF_UNIT[exponent]));
}
