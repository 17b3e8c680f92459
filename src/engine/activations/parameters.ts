/** Integer parameters of an activation: `x̂ = scale · (code − zeroPoint)`, codes clamped to `codeMin`…`codeMax`. */

export const ACTIVATION_SCHEMES = ["affine", "symmetric", "pow2", "ceil"] as const;
export type ActivationScheme = (typeof ACTIVATION_SCHEMES)[number];

export interface ActivationParameters {
  readonly scheme: ActivationScheme;
  readonly bits: number;
  /** A float32 value; positive and finite. */
  readonly scale: number;
  readonly zeroPoint: number;
  readonly codeMin: number;
  readonly codeMax: number;
  /** The range that calibration chose, before it was widened to hold zero. */
  readonly rangeMin: number;
  readonly rangeMax: number;
}
