/** The single-precision arithmetic by which ONNX Runtime requantizes, as a function of integers. */
import { roundHalfEven } from "../../schemes/rounding";

/**
 * What ONNX Runtime's integer kernels make of an accumulator before clamping and the zero point: the accumulator in
 * float32, times the scale in float32, rounded half to even. It never falls as the accumulator rises.
 * @param scale a float32 value
 */
export function floatProduct(accumulator: number, scale: number): number {
  return roundHalfEven(Math.fround(Math.fround(accumulator) * scale));
}

/** The scale of a product: `fl(fl(x·w)/y)` for float32 scales of input, weights and output. */
export function productScale(input: number, weight: number, output: number): number {
  return Math.fround(Math.fround(Math.fround(input) * Math.fround(weight)) / Math.fround(output));
}

/** A float32 scale as `mantissa · 2^−exponent` with 2^23 ≤ mantissa < 2^24. */
export function mantissaOf(scale: number): { readonly mantissa: number; readonly exponent: number } {
  let exponent = 23 - Math.floor(Math.log2(scale));
  let mantissa = scale * 2 ** exponent;
  if (mantissa >= 2 ** 24) {
    mantissa /= 2;
    exponent--;
  } else if (mantissa < 2 ** 23) {
    mantissa *= 2;
    exponent++;
  }
  return { mantissa, exponent };
}

/** The smallest accumulator that a non-decreasing function takes to `code` or above, searched from a guess. */
export function threshold(code: number, scale: number, product: (accumulator: number) => number): number {
  let below = Math.ceil((code - 0.5) / scale);
  for (let step = 1; product(below) >= code; step *= 2) below -= step;
  let above = below + 1;
  for (let step = 1; product(above) < code; step *= 2) above += step;
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (product(middle) < code) below = middle;
    else above = middle;
  }
  return above;
}
