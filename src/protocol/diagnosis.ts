/** What hurts one layer's weights under its settings, and what would help: computed by trying it. Plain data. */

export interface Alternative {
  /** `scheme:bits`, and what else differs, for people. */
  readonly label: string;
  /** As in a recipe's `layers` rule. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Null where exact. */
  readonly sqnrDb: number | null;
  /** Against what applies now; null where either is exact. */
  readonly gainDb: number | null;
  /** Flash of the layer. */
  readonly bytes: number;
}

/** The levels that codes stand for, of the channel that sets the range where channels have scales of their own. */
export interface QuantizationGrid {
  readonly channel: number | null;
  readonly levels: readonly number[];
}

/** One Gaussian of the mixture that a palette comes from: its share α of the weights, mean μ and standard deviation σ. */
export interface MixtureComponent {
  readonly share: number;
  readonly mean: number;
  readonly deviation: number;
}

export interface Diagnosis {
  /** Of the model file that was read; reports of other bytes are of other weights. */
  readonly modelSha256: string;
  readonly layer: string;
  /** One or two sentences: the cause that the figures point to, and the best remedy found. */
  readonly sentence: string;
  /** Share of the scheme's codes that any weight uses, 0 to 1. */
  readonly codesUsed: number;
  /** Null where there are more levels than could be drawn. */
  readonly grid: QuantizationGrid | null;
  /** By ascending mean; null where the scheme fits none. */
  readonly mixture: readonly MixtureComponent[] | null;
  /** Best first. */
  readonly alternatives: readonly Alternative[];
}
