/** Integer parameters of an activation: `x̂ = scale · (code − zeroPoint)`, codes clamped to `codeMin`…`codeMax`. */
import { roundHalfEven } from "../schemes/rounding";

export const ACTIVATION_SCHEMES = ["affine", "symmetric", "pow2", "ceil"] as const;
export type ActivationScheme = (typeof ACTIVATION_SCHEMES)[number];

export interface ActivationParameters {
  readonly scheme: ActivationScheme;
  readonly bits: number;
  /** A float32 value; positive and finite. */
  readonly scale: number;
  /** 0 but for `affine`, and for `pow2` without negative values. */
  readonly zeroPoint: number;
  readonly codeMin: number;
  readonly codeMax: number;
  /** The range that calibration chose, before it was widened to hold zero. */
  readonly rangeMin: number;
  readonly rangeMax: number;
  /** Calibration saw nothing but zeros: the scale is 1 by definition. */
  readonly dead: boolean;
}

export interface ActivationSettings {
  readonly scheme: ActivationScheme;
  /** `ceil`: 1…16; the others: 2…16, of which ONNX and C store 8 and 16. */
  readonly bits: number;
}

/**
 * `ceil` takes what lies above a whole number of steps by no more than this for that number, in steps: sums in float32 that
 * would be whole in exact arithmetic, 0 above all, come out a trifle above or below.
 */
export const CEIL_MARGIN = 2 ** -12;

/** Smallest normal float32; a smaller step would lose precision or vanish. */
const SMALLEST_SCALE = 2 ** -126;

/**
 * Parameters from a range.
 *
 * - `affine`: codes −2^(b−1)…2^(b−1)−1; the range is widened to hold 0, `scale = (max − min)/(2^b − 1)` rounded to
 *   float32, the zero point is the code nearest to where 0 falls, so that 0 is exact.
 * - `symmetric`: the same codes, zero point 0, `scale = max|x| / (2^(b−1) − 1)`. The lowest code stands outside the range;
 *   it is what ONNX QuantizeLinear saturates to, so that all who compute with these parameters agree.
 * - `pow2`: the same codes, zero point 0, `scale = 2^−f` with the largest f for which neither end overflows (Qm.f). Where no
 *   value is negative, as behind Relu, the zero point is the lowest code: unsigned codes (UQm.f), stored less 2^(b−1).
 * - `ceil`: A_b of Ivan, Quantization Schemes For Training Neural Networks, eq. 5: codes 0…2^b−1, rounded up,
 *   `scale = max(x̂)/(2^b − 1)` with `x̂ = clip(x, 0, 2^b − 1)`; negative values become 0.
 *
 * A range without extent around 0 (a dead value) has scale 1 and zero point 0.
 *
 * @param rangeMin finite
 * @param rangeMax finite, not below `rangeMin`
 */
export function activationParameters(
  { scheme, bits }: ActivationSettings,
  rangeMin: number,
  rangeMax: number,
): ActivationParameters {
  const low = Math.min(0, rangeMin);
  const high = Math.max(0, rangeMax);
  const codeMin = scheme === "ceil" ? 0 : -(2 ** (bits - 1));
  const codeMax = scheme === "ceil" ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  const limits = { scheme, bits, codeMin, codeMax, rangeMin, rangeMax };
  const dead = scheme === "ceil" ? high === 0 : low === high;
  if (dead) return { ...limits, scale: 1, zeroPoint: 0, dead };
  const scale = normalScale(stepOf(scheme, low, high, codeMin, codeMax));
  return { ...limits, scale, zeroPoint: zeroPointOf(scheme, low, scale, codeMin, codeMax), dead };
}

/**
 * Codes of values, computed as ONNX QuantizeLinear does: the quotient in single precision, half to even, saturated; for
 * `ceil` rounded up (eq. 5), less {@link CEIL_MARGIN}.
 * @returns one integer a value
 */
export function quantizeActivations(
  values: Float32Array,
  parameters: Pick<ActivationParameters, "scheme" | "scale" | "zeroPoint" | "codeMin" | "codeMax">,
): Int32Array {
  const { scale, zeroPoint, codeMin, codeMax, scheme } = parameters;
  const codes = new Int32Array(values.length);
  const low = codeMin - zeroPoint;
  const high = codeMax - zeroPoint;
  for (let i = 0; i < values.length; i++) {
    const quotient = Math.fround(values[i] / scale);
    const rounded =
      scheme === "ceil" ? Math.ceil(Math.fround(quotient - CEIL_MARGIN)) : roundHalfEven(clamp(quotient, low, high));
    codes[i] = clamp(rounded, low, high) + zeroPoint;
  }
  return codes;
}

/** What the codes of the values stand for, `scale · (code − zeroPoint)` in single precision. */
export function roundTripActivations(values: Float32Array, parameters: ActivationParameters): Float32Array {
  const { scale, zeroPoint } = parameters;
  return Float32Array.from(quantizeActivations(values, parameters), (code) => scale * (code - zeroPoint));
}

/**
 * How the values of a group become codes. A_b (`ceil`) stands for the activation function and has no codes below 0. Where none made
 * the values, as with inputs and outputs of the model, sums in front of a residual Add and averages, they are `affine`, of the 8 or
 * 16 bits that a target stores anyway.
 */
export function groupSettings(
  settings: ActivationSettings,
  { isActivation }: { readonly isActivation: boolean },
): ActivationSettings {
  if (settings.scheme !== "ceil" || isActivation) return settings;
  return { scheme: "affine", bits: settings.bits <= 8 ? 8 : 16 };
}

/** The step whose twelfth of a square is the error's power; rounding up (A_b) has errors up to a whole step, four times the power. */
export function roundingStep({ scheme, scale }: ActivationParameters): number {
  return scheme === "ceil" ? 2 * scale : scale;
}

function stepOf(scheme: ActivationScheme, low: number, high: number, codeMin: number, codeMax: number): number {
  switch (scheme) {
    case "affine":
      return (high - low) / (codeMax - codeMin);
    case "symmetric":
      return Math.max(-low, high) / codeMax;
    case "pow2":
      return powerOfTwoFrom(low === 0 ? high / (codeMax - codeMin) : Math.max(high / codeMax, low / codeMin));
    case "ceil":
      return Math.min(high, codeMax) / codeMax;
  }
}

function zeroPointOf(scheme: ActivationScheme, low: number, scale: number, codeMin: number, codeMax: number): number {
  switch (scheme) {
    case "affine":
      return clamp(roundHalfEven(codeMin - low / scale), codeMin, codeMax);
    case "pow2":
      return low === 0 ? codeMin : 0;
    case "symmetric":
    case "ceil":
      return 0;
  }
}

/** The smallest power of two that is not below `step`. */
function powerOfTwoFrom(step: number): number {
  const power = 2 ** Math.round(Math.log2(step));
  return power < step ? 2 * power : power;
}

function normalScale(step: number): number {
  return Math.max(Math.fround(step), SMALLEST_SCALE);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
