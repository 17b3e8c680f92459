/**
 * What every weight scheme is: weights in, integer codes and parameters out, and back.
 *
 * A scheme sees channel-major weights only (`graph/layout.ts`); it knows nothing of ONNX, files or C.
 */
import type { ChannelMajorWeights } from "../graph/layout";

export const GRANULARITIES = ["tensor", "channel", "block"] as const;
export type Granularity = (typeof GRANULARITIES)[number];

export const ROUNDINGS = ["half-even", "half-away", "truncate"] as const;
export type Rounding = (typeof ROUNDINGS)[number];

export const CLIPS = ["max"] as const;
export type Clip = (typeof CLIPS)[number];

/** What a user chooses for a group of layers; validated against the scheme's own limits by the recipe. */
export interface SchemeSettings {
  readonly scheme: string;
  readonly bits: number;
  readonly granularity: Granularity;
  readonly clip: Clip;
  readonly rounding: Rounding;
}

/** Integers in channel-major order; the narrowest of the three that holds the scheme's codes. */
export type Codes = Int8Array | Int16Array | Int32Array;

/**
 * Uniform codes: `ŵ = scale · (code − zeroPoint)`.
 * `scales` and `zeroPoints` hold one entry per group; group g covers `groupSize` consecutive weights.
 */
export interface UniformCodes {
  readonly kind: "uniform";
  readonly codes: Codes;
  readonly bits: number;
  /** Smallest and largest code that the scheme may produce. */
  readonly codeMin: number;
  readonly codeMax: number;
  /** Double precision; never 0, negative, NaN or Infinity (an all-zero group has scale 1). */
  readonly scales: Float64Array;
  readonly zeroPoints: Int32Array | null;
  /** Weights per group: all of them, one channel, or a block. */
  readonly groupSize: number;
}

export type QuantizedWeights = UniformCodes;

export interface Scheme {
  /** As written in recipes. */
  readonly id: string;
  /** One line for pickers. */
  readonly description: string;
  readonly minBits: number;
  readonly maxBits: number;
  readonly granularities: readonly Granularity[];
  /** Computes codes and parameters. `weights.values` are finite. */
  fit(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights;
}
