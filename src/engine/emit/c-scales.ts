/** Scales in C: macros where there is one, arrays where there are several. */
import type { QuantizedWeights, StoredScales } from "../schemes/scheme";
import type { CArray } from "./c-array";
import { macroInteger, numberText } from "./c-format";
import { perGroupText } from "./c-groups";
import type { CText } from "./c-text";
import { fixedPointScale, halfParts } from "./fixed-point";
import { hasScaleArrays } from "./flash";
import type { LayerNames } from "./layer-names";

/** Elements on a line of an array of multipliers, so that their qf fit beside them. */
const MULTIPLIERS_PER_LINE = 3;

/** Only equal steps have scales in formats of their own. */
export function storedScalesOf(quantized: QuantizedWeights): StoredScales {
  return quantized.kind === "uniform" ? quantized.storedScales : { format: "fixed-point" };
}

/** The number of scales, or the only one as integers. */
export function scaleMacros(quantized: QuantizedWeights, { macros }: LayerNames): [string, string][] {
  const { scales } = quantized;
  if (hasScaleArrays(quantized)) return [[macros.scaleCount, String(scales.length)]];
  const stored = storedScalesOf(quantized);
  switch (stored.format) {
    case "fixed-point": {
      const { multiplier, shift } = fixedPointScale(scales[0]);
      return [
        [macros.multiplier, String(multiplier)],
        [macros.shift, macroInteger(shift)],
      ];
    }
    case "half": {
      const { mantissa, exponent } = halfParts(stored.patterns[0]);
      return [
        [macros.mantissa, String(mantissa)],
        [macros.exponent, macroInteger(exponent)],
      ];
    }
    case "power-of-two":
      return [[macros.exponent, macroInteger(stored.exponents[0])]];
  }
}

/** The only scale for a comment. */
export function scaleText(scale: number): string {
  return `One scale, ${numberText(scale)}; qf ${numberText(1 / scale)}.`;
}

/** @param layer name of the layer, safe within a comment */
export function scaleArrays(quantized: QuantizedWeights, { arrays, macros }: LayerNames, layer: string): CArray[] {
  if (!hasScaleArrays(quantized)) return [];
  const { scales } = quantized;
  const count = macros.scaleCount;
  const stored = storedScalesOf(quantized);
  const each = perGroupText(quantized);
  switch (stored.format) {
    case "fixed-point":
      return [
        {
          type: "int32_t",
          name: arrays.multipliers,
          count,
          comment: [`Multipliers of the scales of ${layer}, Q31, ${each}.`],
          write: (text) => {
            writeMultipliers(text, scales);
          },
        },
        {
          type: "int32_t",
          name: arrays.shifts,
          count,
          comment: [`Shifts of the scales of ${layer}, positive to the left.`],
          write: (text) => {
            text.integers(Int32Array.from(scales, (scale) => fixedPointScale(scale).shift));
          },
        },
      ];
    case "half":
      return [
        {
          type: "uint16_t",
          name: arrays.scales,
          count,
          comment: [`Scales of ${layer}, ${each}: IEEE 754 half precision, ${rangeText(scales)}.`],
          write: (text) => {
            text.integers(stored.patterns);
          },
        },
      ];
    case "power-of-two":
      return [
        {
          type: "int8_t",
          name: arrays.exponents,
          count,
          comment: [`Exponents of the scales of ${layer}, ${each}: scale = 2^exponent.`],
          write: (text) => {
            text.integers(stored.exponents);
          },
        },
      ];
  }
}

function writeMultipliers(text: CText, scales: Float64Array): void {
  const multipliers = Int32Array.from(scales, (scale) => fixedPointScale(scale).multiplier);
  text.integers(multipliers, MULTIPLIERS_PER_LINE, (start, end) => {
    return `qf ${Array.from(scales.subarray(start, end), (scale) => numberText(1 / scale)).join(", ")}`;
  });
}

function rangeText(scales: Float64Array): string {
  let min = Infinity;
  let max = 0;
  for (const scale of scales) {
    min = Math.min(min, scale);
    max = Math.max(max, scale);
  }
  return `${numberText(min)} to ${numberText(max)}`;
}
