/** Identifiers and macros of the layers of one model. */
import { IdentifierScope, MAX_IDENTIFIER_LENGTH, toIdentifier, toMacroName } from "./identifiers";

/** Longest identifier of a model, so that enough is left for the layers' own. */
const MAX_MODEL_LENGTH = 24;

/**
 * What follows a layer's identifier. None of these ends in another of its kind, so that two layers never meet in one
 * name, whatever they are called. Arrays and functions are of one kind.
 */
export const ARRAY_SUFFIXES = {
  weights: "_weights",
  multipliers: "_weight_multipliers",
  shifts: "_weight_shifts",
  scales: "_weight_scales",
  exponents: "_weight_exponents",
  zeroPoints: "_weight_zero_points",
  palette: "_weight_palette",
  bias: "_bias",
} as const;

export const FUNCTION_SUFFIXES = {
  weight: "_weight",
  group: "_weight_group",
  position: "_weight_position",
} as const;

export const MACRO_SUFFIXES = {
  bits: "_WEIGHT_BITS",
  weightCount: "_WEIGHT_COUNT",
  weightBytes: "_WEIGHT_BYTES",
  channelCount: "_CHANNEL_COUNT",
  channelWeights: "_CHANNEL_WEIGHTS",
  channelBytes: "_CHANNEL_BYTES",
  channelBlocks: "_CHANNEL_BLOCKS",
  blockSize: "_BLOCK_SIZE",
  scaleCount: "_SCALE_COUNT",
  multiplier: "_WEIGHT_MULTIPLIER",
  shift: "_WEIGHT_SHIFT",
  mantissa: "_WEIGHT_MANTISSA",
  exponent: "_WEIGHT_EXPONENT",
  zeroPoint: "_WEIGHT_ZERO_POINT",
  paletteCount: "_PALETTE_COUNT",
  biasCount: "_BIAS_COUNT",
  fractionBits: "_BIAS_FRACTION_BITS",
} as const;

const DIMENSION_INFIX = "_DIM_";
const SUFFIXES = [ARRAY_SUFFIXES, FUNCTION_SUFFIXES, MACRO_SUFFIXES].flatMap((kind) => Object.values<string>(kind));
const LONGEST_SUFFIX = Math.max(...SUFFIXES.map((suffix) => suffix.length));

type Names<Suffixes> = { readonly [Key in keyof Suffixes]: string };

export interface LayerNames {
  readonly arrays: Names<typeof ARRAY_SUFFIXES>;
  readonly functions: Names<typeof FUNCTION_SUFFIXES>;
  readonly macros: Names<typeof MACRO_SUFFIXES>;
  /** Macro of a dimension, from its letter in the layout's name or its index. */
  readonly dimension: (label: string) => string;
}

/** The identifier that all names of the model begin with. */
export function modelIdentifier(baseName: string): string {
  return toIdentifier(baseName, "model", MAX_MODEL_LENGTH);
}

/**
 * Names for the layers in the order given; they depend on nothing else.
 * @param layers names and operators as in the model
 */
export function layerNames(model: string, layers: readonly { name: string; op: string }[]): LayerNames[] {
  const scope = new IdentifierScope();
  const room = MAX_IDENTIFIER_LENGTH - LONGEST_SUFFIX - model.length - 1;
  return layers.map(({ name, op }) => {
    return namesOf(`${model}_${scope.claim(name, toIdentifier(op, "layer", room), room)}`);
  });
}

function namesOf(layer: string): LayerNames {
  const macro = toMacroName(layer);
  return {
    arrays: {
      weights: layer + ARRAY_SUFFIXES.weights,
      multipliers: layer + ARRAY_SUFFIXES.multipliers,
      shifts: layer + ARRAY_SUFFIXES.shifts,
      scales: layer + ARRAY_SUFFIXES.scales,
      exponents: layer + ARRAY_SUFFIXES.exponents,
      zeroPoints: layer + ARRAY_SUFFIXES.zeroPoints,
      palette: layer + ARRAY_SUFFIXES.palette,
      bias: layer + ARRAY_SUFFIXES.bias,
    },
    functions: {
      weight: layer + FUNCTION_SUFFIXES.weight,
      group: layer + FUNCTION_SUFFIXES.group,
      position: layer + FUNCTION_SUFFIXES.position,
    },
    macros: {
      bits: macro + MACRO_SUFFIXES.bits,
      weightCount: macro + MACRO_SUFFIXES.weightCount,
      weightBytes: macro + MACRO_SUFFIXES.weightBytes,
      channelCount: macro + MACRO_SUFFIXES.channelCount,
      channelWeights: macro + MACRO_SUFFIXES.channelWeights,
      channelBytes: macro + MACRO_SUFFIXES.channelBytes,
      channelBlocks: macro + MACRO_SUFFIXES.channelBlocks,
      blockSize: macro + MACRO_SUFFIXES.blockSize,
      scaleCount: macro + MACRO_SUFFIXES.scaleCount,
      multiplier: macro + MACRO_SUFFIXES.multiplier,
      shift: macro + MACRO_SUFFIXES.shift,
      mantissa: macro + MACRO_SUFFIXES.mantissa,
      exponent: macro + MACRO_SUFFIXES.exponent,
      zeroPoint: macro + MACRO_SUFFIXES.zeroPoint,
      paletteCount: macro + MACRO_SUFFIXES.paletteCount,
      biasCount: macro + MACRO_SUFFIXES.biasCount,
      fractionBits: macro + MACRO_SUFFIXES.fractionBits,
    },
    dimension: (label) => macro + DIMENSION_INFIX + label,
  };
}

/**
 * Labels of dimensions: the letters of the layout's name where it has one distinct letter for each, else their indices.
 */
export function dimensionLabels(layout: string, rank: number): string[] {
  const letters = /^[A-Z]*$/.test(layout) ? layout.split("") : [];
  const usable = letters.length === rank && new Set(letters).size === rank;
  return usable ? letters : Array.from({ length: rank }, (_, index) => String(index));
}
