/** What turns codes into integers: zero points and palettes. */
import type { CodebookCodes, QuantizedWeights } from "../schemes/scheme";
import type { CArray } from "./c-array";
import { numberText } from "./c-format";
import { perGroupText } from "./c-groups";
import { integerType } from "./code-storage";
import { hasScaleArrays } from "./flash";
import type { LayerNames } from "./layer-names";

/** Entries on a line of a palette: those of a group end with a line. */
const ENTRIES_PER_LINE = 8;

/** The only zero point, or the number of palette entries. */
export function codeValueMacros(quantized: QuantizedWeights, { macros }: LayerNames): [string, string][] {
  if (quantized.kind === "codebook") return [[macros.paletteCount, String(quantized.palette.length)]];
  const zeroPoints = zeroPointsOf(quantized);
  return zeroPoints === null || hasScaleArrays(quantized) ? [] : [[macros.zeroPoint, String(zeroPoints[0])]];
}

/** @param layer name of the layer, safe within a comment */
export function codeValueArrays(quantized: QuantizedWeights, names: LayerNames, layer: string): CArray[] {
  if (quantized.kind === "codebook") return [paletteArray(quantized, names, layer)];
  const zeroPoints = zeroPointsOf(quantized);
  if (zeroPoints === null || !hasScaleArrays(quantized)) return [];
  return [
    {
      type: integerType(quantized.codeMin, quantized.codeMax),
      name: names.arrays.zeroPoints,
      count: names.macros.scaleCount,
      comment: [`Zero points of ${layer}, ${perGroupText(quantized)}.`],
      write: (text) => {
        text.integers(zeroPoints);
      },
    },
  ];
}

/** Null where the code that stands for 0 is 0. */
function zeroPointsOf(quantized: QuantizedWeights): Int32Array | null {
  return quantized.kind === "uniform" ? quantized.zeroPoints : null;
}

function paletteArray(quantized: CodebookCodes, { arrays, macros }: LayerNames, layer: string): CArray {
  const { palette, mixture, bits } = quantized;
  const size = 2 ** bits;
  return {
    type: palette instanceof Int8Array ? "int8_t" : "int16_t",
    name: arrays.palette,
    count: macros.paletteCount,
    comment: [
      `Palette of ${layer}, ${size} integers in units of the scale, ${perGroupText(quantized)}.`,
      ...(mixture === null
        ? []
        : [`Means of a Gaussian mixture: share alpha of the weights, mean mu, standard deviation sigma.`]),
    ],
    write: (text) => {
      if (mixture === null) text.integers(palette, Math.min(size, ENTRIES_PER_LINE));
      else text.integers(palette, 1, (index) => componentText(mixture, index));
    },
  };
}

/** @param index of the entry; those beyond the last component repeat it */
function componentText(mixture: NonNullable<CodebookCodes["mixture"]>, index: number): string {
  const component = mixture.at(index);
  if (component === undefined) return "unused";
  const { share, mean, deviation } = component;
  return `alpha ${numberText(share)}, mu ${numberText(mean)}, sigma ${numberText(deviation)}`;
}
