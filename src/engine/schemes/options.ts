/**
 * Settings that only some schemes and clipping rules read. One table is the recipe's check, the type and the defaults; each
 * scheme lists by name what it reads.
 */
import * as z from "zod";

export const BLOCK_SCALES = ["half", "power-of-two"] as const;
export const CEIL_ALPHAS = ["least-squares", "max"] as const;
export const PALETTES = ["int16", "int8"] as const;

/** Fields of a recipe's `weights` and rules; all of them may be left out. */
export const SCHEME_OPTION_FIELDS = {
  percentile: z
    .number()
    .gt(50)
    .max(100)
    .exactOptional()
    .describe("clip percentile: share of the weights, in percent, that lie within the range; 99.99 where left out"),
  blockSize: z
    .int()
    .min(1)
    .max(65_536)
    .exactOptional()
    .describe("scheme block: weights per block along the input axis; 32 where left out"),
  blockScale: z
    .enum(BLOCK_SCALES)
    .exactOptional()
    .describe("scheme block: scales as IEEE half precision or as powers of two; half where left out"),
  alpha: z
    .enum(CEIL_ALPHAS)
    .exactOptional()
    .describe("scheme ceil: the scale of least squared error, or max|w|; least-squares where left out"),
  palette: z
    .enum(PALETTES)
    .exactOptional()
    .describe("codebooks: integer type of the palette's entries; int16 where left out"),
  zeroComponent: z
    .boolean()
    .exactOptional()
    .describe("scheme codebook-mixture: one component keeps the mean 0; false where left out"),
};

export type SchemeOption = keyof typeof SCHEME_OPTION_FIELDS;

export interface SchemeOptions {
  readonly percentile: number;
  readonly blockSize: number;
  readonly blockScale: (typeof BLOCK_SCALES)[number];
  readonly alpha: (typeof CEIL_ALPHAS)[number];
  readonly palette: (typeof PALETTES)[number];
  readonly zeroComponent: boolean;
}

export const SCHEME_OPTION_DEFAULTS: SchemeOptions = {
  percentile: 99.99,
  blockSize: 32,
  blockScale: "half",
  alpha: "least-squares",
  palette: "int16",
  zeroComponent: false,
};

/** As in a recipe: what is left out has its default. */
export type GivenSchemeOptions = { readonly [K in SchemeOption]?: SchemeOptions[K] };

/** Every option, defaults filled in. */
export function schemeOptions(given: GivenSchemeOptions): SchemeOptions {
  const defaults = SCHEME_OPTION_DEFAULTS;
  return {
    percentile: given.percentile ?? defaults.percentile,
    blockSize: given.blockSize ?? defaults.blockSize,
    blockScale: given.blockScale ?? defaults.blockScale,
    alpha: given.alpha ?? defaults.alpha,
    palette: given.palette ?? defaults.palette,
    zeroComponent: given.zeroComponent ?? defaults.zeroComponent,
  };
}
