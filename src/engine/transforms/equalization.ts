/** What equalization is asked to do, and what it did. Plain data. */
import type { LeftLayer } from "./region";

export const EQUALIZATION_METHODS = ["one-step", "two-step", "cle"] as const;
export type EqualizationMethod = (typeof EQUALIZATION_METHODS)[number];

/**
 * What happens to a Clip with bounds other than those of Relu, and to HardSwish:
 * - `exact`: it follows the scales of its channels, so that the function stays as it is
 * - `paper`: it stays; channels under a Clip grow up to the bound only, and shrink to 0.7 at most, which changes the function
 *   where they reach the bound; channels of HardSwish keep their scale
 */
export const CLIP_MODES = ["exact", "paper"] as const;
export type ClipMode = (typeof CLIP_MODES)[number];

export interface EqualizationOptions {
  readonly method: EqualizationMethod;
  /** Largest amplification of a channel, S_max; `cle` does without. */
  readonly maxScale: number;
  readonly clip: ClipMode;
}

export const DEFAULT_EQUALIZATION: EqualizationOptions = { method: "two-step", maxScale: 16, clip: "exact" };

/** Ranges of the channels of one region. */
export interface EqualizedRanges {
  /** Largest |weight| of the layers that make the channel. */
  readonly weights: readonly number[];
  /** Largest |value| on the calibration data. */
  readonly activations: readonly number[];
  /** Largest |weight| that reads the channel. */
  readonly next: readonly number[];
}

export interface EqualizedRegion {
  /** Names of the layers whose output channels are scaled; several where a residual Add ties them. */
  readonly layers: readonly string[];
  /** Names of the layers that read them. */
  readonly consumers: readonly string[];
  /** S of every channel. */
  readonly scales: readonly number[];
  /**
   * Factor that all of them share, which changes units only: of two-step scales 1/min S, which makes them 1 or more; for
   * powers of two times the factor that lets ranges end just below one.
   */
  readonly common: number;
  readonly before: EqualizedRanges;
  readonly after: EqualizedRanges;
  /** Clips and HardSwishes that follow the scales. */
  readonly scaledClips: number;
}

export interface EqualizationRecord {
  readonly options: EqualizationOptions;
  readonly regions: readonly EqualizedRegion[];
  /** Layers whose output channels keep their scale. */
  readonly left: readonly LeftLayer[];
}
