/** Identifiers and macros of the layers of one model. */
import { IdentifierScope, MAX_IDENTIFIER_LENGTH, toIdentifier, toMacroName } from "./identifiers";

/** Longest identifier of a model, so that enough is left for the layers' own. */
const MAX_MODEL_LENGTH = 24;

/**
 * What follows a layer's identifier. None of these ends in another of its kind, so that two layers never meet in one
 * name, whatever they are called.
 */
export const ARRAY_SUFFIXES = {
  weights: "_weights",
  multipliers: "_weight_multipliers",
  shifts: "_weight_shifts",
  bias: "_bias",
} as const;

export const MACRO_SUFFIXES = {
  bits: "_WEIGHT_BITS",
  weightCount: "_WEIGHT_COUNT",
  scaleCount: "_SCALE_COUNT",
  multiplier: "_WEIGHT_MULTIPLIER",
  shift: "_WEIGHT_SHIFT",
  biasCount: "_BIAS_COUNT",
  fractionBits: "_BIAS_FRACTION_BITS",
} as const;

const DIMENSION_INFIX = "_DIM_";
const LONGEST_SUFFIX = Math.max(
  ...[...Object.values(ARRAY_SUFFIXES), ...Object.values(MACRO_SUFFIXES)].map((suffix) => suffix.length),
);

type Names<Suffixes> = { readonly [Key in keyof Suffixes]: string };

export interface LayerNames {
  readonly arrays: Names<typeof ARRAY_SUFFIXES>;
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
    const layer = `${model}_${scope.claim(name, toIdentifier(op, "layer", room), room)}`;
    const macro = toMacroName(layer);
    const { weights, multipliers, shifts, bias } = ARRAY_SUFFIXES;
    return {
      arrays: {
        weights: layer + weights,
        multipliers: layer + multipliers,
        shifts: layer + shifts,
        bias: layer + bias,
      },
      macros: {
        bits: macro + MACRO_SUFFIXES.bits,
        weightCount: macro + MACRO_SUFFIXES.weightCount,
        scaleCount: macro + MACRO_SUFFIXES.scaleCount,
        multiplier: macro + MACRO_SUFFIXES.multiplier,
        shift: macro + MACRO_SUFFIXES.shift,
        biasCount: macro + MACRO_SUFFIXES.biasCount,
        fractionBits: macro + MACRO_SUFFIXES.fractionBits,
      },
      dimension: (label) => macro + DIMENSION_INFIX + label,
    };
  });
}

/**
 * Labels of dimensions: the letters of the layout's name where it has one distinct letter for each, else their indices.
 */
export function dimensionLabels(layout: string, rank: number): string[] {
  const letters = /^[A-Z]*$/.test(layout) ? layout.split("") : [];
  const usable = letters.length === rank && new Set(letters).size === rank;
  return usable ? letters : Array.from({ length: rank }, (_, index) => String(index));
}
