/**
 * What every weight scheme is: weights in, integer codes and parameters out, and back.
 *
 * A scheme sees channel-major weights only (`graph/layout.ts`); it knows nothing of ONNX, files or C.
 */
import type { ChannelMajorWeights } from "../graph/layout";
import type { Granularity, Grouping } from "./grouping";
import type { GivenSchemeOptions, SchemeOption } from "./options";

export { GRANULARITIES, type Granularity } from "./grouping";

export const ROUNDINGS = ["half-even", "half-away", "truncate"] as const;
export type Rounding = (typeof ROUNDINGS)[number];

export const CLIPS = ["max", "percentile", "mse", "entropy", "aciq"] as const;
export type Clip = (typeof CLIPS)[number];

/** What a user chooses for a group of layers; validated against the scheme's own limits by the recipe. */
export interface SchemeSettings extends GivenSchemeOptions {
  readonly scheme: string;
  readonly bits: number;
  readonly granularity: Granularity;
  readonly clip: Clip;
  readonly rounding: Rounding;
  /** In place of what the scheme would find: see `given-parameters.ts`. */
  readonly parameters?: readonly number[];
}

/** Integers in channel-major order; the narrowest of these that holds the scheme's codes. */
export type Codes = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;

/** How the scales stand on the target. */
export type StoredScales =
  /** As the nearest integer multiplier and shift. */
  | { readonly format: "fixed-point" }
  /** Exactly, as bit patterns of IEEE 754 binary16. */
  | { readonly format: "half"; readonly patterns: Uint16Array }
  /** Exactly, as e of `scale = 2^e`. */
  | { readonly format: "power-of-two"; readonly exponents: Int8Array };

/**
 * What codes of every kind have. A code and its group's parameters give an integer (`integerWeights`), and
 * `ŵ = scale · integer`. `scales` and other parameters hold one entry per group.
 */
interface CodesOfAnyKind extends Grouping {
  readonly codes: Codes;
  readonly bits: number;
  /** Smallest and largest code that the scheme may produce. */
  readonly codeMin: number;
  readonly codeMax: number;
  /** Double precision; never 0, negative, NaN or Infinity (an all-zero group has scale 1). */
  readonly scales: Float64Array;
}

/** Equal steps: the integer is `code − zeroPoint`. */
export interface UniformCodes extends CodesOfAnyKind {
  readonly kind: "uniform";
  readonly zeroPoints: Int32Array | null;
  readonly storedScales: StoredScales;
}

/** Equal steps without zero: the integer is the code itself, ±1 to ±2^(bits−1). */
export interface CeilCodes extends CodesOfAnyKind {
  readonly kind: "ceil";
}

/** Powers of two: the integer is 0 for code 0, else `±2^(|code| − 1)` with the sign of the code. */
export interface Log2Codes extends CodesOfAnyKind {
  readonly kind: "log2";
}

/** Indices into a palette: the integer is `palette[group · 2^bits + code]`. */
export interface CodebookCodes extends CodesOfAnyKind {
  readonly kind: "codebook";
  /**
   * 2^bits entries per group, ascending; where fewer are used the last one is repeated, so that every index has a value.
   */
  readonly palette: Int16Array | Int8Array;
  /** The Gaussian mixture that the palette comes from, by ascending mean; null for other palettes. */
  readonly mixture: readonly MixtureComponent[] | null;
}

/** One Gaussian of a mixture: its share α of the weights, mean μ and standard deviation σ. */
export interface MixtureComponent {
  readonly share: number;
  readonly mean: number;
  readonly deviation: number;
}

export type QuantizedWeights = UniformCodes | CeilCodes | Log2Codes | CodebookCodes;

export interface Scheme {
  /** As written in recipes. */
  readonly id: string;
  /** One line for pickers. */
  readonly description: string;
  readonly minBits: number;
  readonly maxBits: number;
  readonly granularities: readonly Granularity[];
  readonly clips: readonly Clip[];
  /** Whether the rounding mode changes anything. */
  readonly rounds: boolean;
  /** Options that the scheme reads; `percentile` goes with the clipping rule of that name. */
  readonly options: readonly SchemeOption[];
  /** Computes codes and parameters. `weights.values` are finite. */
  fit(weights: ChannelMajorWeights, settings: SchemeSettings): QuantizedWeights;
}
