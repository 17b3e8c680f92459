/** From codes back to the weights they stand for. */
import { asInt32 } from "./codes";
import { groupBounds, type Grouping } from "./grouping";
import type { CodebookCodes, QuantizedWeights } from "./scheme";

const FLOAT32_MAX = (2 - 2 ** -23) * 2 ** 127;

/**
 * The weights that the codes stand for, `ŵ = scale · integer`, in channel-major order. The product is taken in double
 * precision and rounded once to float32, the precision of the weights themselves; beyond its largest number it stays at
 * that.
 */
export function decode(quantized: QuantizedWeights): Float32Array {
  if (quantized.kind === "codebook") return decodeByPalette(quantized);
  const integers = integerWeights(quantized);
  const values = new Float32Array(integers.length);
  const bounds = groupBounds(quantized);
  for (let group = 0; group + 1 < bounds.length; group++) {
    const scale = quantized.scales[group];
    const end = bounds[group + 1];
    for (let i = bounds[group]; i < end; i++) values[i] = inFloat32Range(scale * integers[i]);
  }
  return values;
}

/** Every entry is multiplied once, however many weights take it. */
function decodeByPalette(quantized: CodebookCodes): Float32Array {
  const { codes, palette, scales, bits } = quantized;
  const size = 2 ** bits;
  const entries = Float32Array.from(palette, (entry, i) => inFloat32Range(scales[Math.floor(i / size)] * entry));
  const values = new Float32Array(codes.length);
  const bounds = groupBounds(quantized);
  for (let group = 0; group + 1 < bounds.length; group++) {
    const end = bounds[group + 1];
    for (let i = bounds[group]; i < end; i++) values[i] = entries[group * size + codes[i]];
  }
  return values;
}

function inFloat32Range(value: number): number {
  return value > FLOAT32_MAX ? FLOAT32_MAX : value < -FLOAT32_MAX ? -FLOAT32_MAX : value;
}

/** The integer that each code stands for in units of its group's scale: what a decoder on the target computes. */
export function integerWeights(quantized: QuantizedWeights): Int32Array {
  const codes = asInt32(quantized.codes);
  switch (quantized.kind) {
    case "ceil":
      return codes;
    case "log2":
      return codes.map((code) => (code === 0 ? 0 : Math.sign(code) * 2 ** (Math.abs(code) - 1)));
    case "uniform": {
      const { zeroPoints } = quantized;
      if (zeroPoints === null) return codes;
      return withinGroups(quantized, codes, (code, group) => code - zeroPoints[group]);
    }
    case "codebook": {
      const palette = Int32Array.from(quantized.palette);
      const size = 2 ** quantized.bits;
      return withinGroups(quantized, codes, (code, group) => palette[group * size + code]);
    }
  }
}

function withinGroups(
  grouping: Grouping,
  codes: Int32Array,
  integerOf: (code: number, group: number) => number,
): Int32Array {
  const bounds = groupBounds(grouping);
  const integers = new Int32Array(codes.length);
  for (let group = 0; group + 1 < bounds.length; group++) {
    const end = bounds[group + 1];
    for (let i = bounds[group]; i < end; i++) integers[i] = integerOf(codes[i], group);
  }
  return integers;
}
