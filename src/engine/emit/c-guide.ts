/** How to decode, at the top of a header: the rules that the layers of this file need, and no others. */
import { groupKind } from "./c-groups";
import { storedScalesOf } from "./c-scales";
import { isPacked, packingOf } from "./code-storage";
import type { QuantizedLayer, WeightsEmission } from "./emission";

interface Rule {
  readonly applies: (layer: QuantizedLayer) => boolean;
  readonly text: string;
}

/** Lines for a comment; macros and functions are named without their layer. */
export function decodingGuide(emission: WeightsEmission, model: string): string[] {
  return [
    "weight = integer * scale, where <layer>_weight(channel, index) gives the integer by output channel and position " +
      "within it.",
    orderText(emission),
    ...rules(emission, model)
      .filter(({ applies }) => emission.layers.some(applies))
      .flatMap(({ text }) => ["", text]),
  ];
}

function orderText({ order }: WeightsEmission): string {
  return order === "ohwi"
    ? "Codes are in row-major order of the DIM macros, output channel first and input channel last: OHWI for " +
        "convolutions, [out][in] for dense layers."
    : "Codes are in row-major order of the DIM macros, which is that of the ONNX tensors, and not packed. Positions " +
        "within a channel count with the input channel last (OHWI) all the same.";
}

function rules(emission: WeightsEmission, model: string): Rule[] {
  const packing = packingOf(emission);
  return [
    {
      applies: ({ quantized }) => isPacked(quantized, packing),
      text:
        "Packed codes: bit i of a channel is bit i % 8 of its byte i / 8, and code n has the WEIGHT_BITS bits from " +
        "n * WEIGHT_BITS on, the lowest first. A channel takes CHANNEL_BYTES bytes; bits left over at its end are 0.",
    },
    {
      applies: ({ quantized }) => groupKind(quantized) === "block",
      text:
        "Blocks: a channel has CHANNEL_BLOCKS blocks of BLOCK_SIZE weights, the last one possibly shorter; " +
        "<layer>_weight_group(channel, index) gives the index of a weight's scale.",
    },
    {
      applies: ({ quantized }) => storedScalesOf(quantized).format === "fixed-point",
      text: "Multiplier and shift: scale = multiplier * 2^(shift - 31), as in CMSIS-NN; qf = 1 / scale.",
    },
    {
      applies: ({ quantized }) => storedScalesOf(quantized).format === "half",
      text:
        "Half-precision scales: scale = mantissa * 2^exponent, both integers, which " +
        `${model}_half_mantissa() and ${model}_half_exponent() take from an element of an array.`,
    },
    {
      applies: ({ quantized }) => storedScalesOf(quantized).format === "power-of-two",
      text: "Exponents: scale = 2^exponent, a shift to the left, or to the right where it is negative.",
    },
    {
      applies: ({ bias }) => bias !== null,
      text: "Biases: bias = code * 2^-BIAS_FRACTION_BITS.",
    },
  ];
}
