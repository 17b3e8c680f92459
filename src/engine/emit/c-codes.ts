/** The codes of a layer in C: their array, its macros and what a comment says of them. */
import { packedChannelBytes } from "../schemes/packing";
import type { QuantizedWeights } from "../schemes/scheme";
import type { CArray } from "./c-array";
import { numberText, shapeText, sqnrText } from "./c-format";
import { staticAssertion } from "./c-macros";
import { codeElements, elementType, isPacked, packingOf } from "./code-storage";
import { commentText } from "./comments";
import type { QuantizedLayer, WeightsEmission } from "./emission";
import { dimensionLabels, type LayerNames } from "./layer-names";

type Storage = Pick<WeightsEmission, "order" | "packing">;

export function codeMacros(layer: QuantizedLayer, names: LayerNames, storage: Storage): [string, string][] {
  const { quantized } = layer;
  const { channels, perChannel, bits } = quantized;
  const { macros } = names;
  const { dims } = storedOrder(layer, storage);
  const channelBytes = packedChannelBytes(perChannel, bits);
  const labels = dimensionMacros(layer, names, storage);
  return [
    ...labels.map((name, axis): [string, string] => [name, String(dims[axis])]),
    [macros.weightCount, String(quantized.codes.length)],
    [macros.bits, String(bits)],
    [macros.channelCount, String(channels)],
    [macros.channelWeights, String(perChannel)],
    ...(isPacked(quantized, packingOf(storage))
      ? ([
          [macros.channelBytes, String(channelBytes)],
          [macros.weightBytes, String(channels * channelBytes)],
        ] satisfies [string, string][])
      : []),
  ];
}

export function codeArray(layer: QuantizedLayer, names: LayerNames, storage: Storage): CArray {
  const { quantized, layout } = layer;
  const { macros } = names;
  const packing = packingOf(storage);
  return {
    type: elementType(quantized, packing),
    name: names.arrays.weights,
    count: isPacked(quantized, packing) ? macros.weightBytes : macros.weightCount,
    comment: describeCodes(layer, names, storage),
    write: (text) => {
      text.integers(codeElements(quantized, layout, storage));
    },
  };
}

/** The dimensions against the number of weights, and the size of the array against what is in it. */
export function codeAssertions(layer: QuantizedLayer, names: LayerNames, storage: Storage): string[] {
  const { macros, arrays } = names;
  const packing = packingOf(storage);
  const [outermost, ...inner] = dimensionMacros(layer, names, storage);
  const bytes = isPacked(layer.quantized, packing)
    ? [`(uint32_t)${macros.channelCount}`, macros.channelBytes]
    : [`sizeof(${elementType(layer.quantized, packing)})`, macros.channelCount, macros.channelWeights];
  return [
    ...staticAssertion([`(uint32_t)${outermost}`, ...inner], "*", macros.weightCount),
    ...staticAssertion(bytes, "*", `sizeof(${arrays.weights})`),
  ];
}

/** Name and dimensions of the order in which the codes are written. */
function storedOrder({ layout, weightShape }: QuantizedLayer, { order }: Storage) {
  return order === "onnx"
    ? { name: layout.onnxName, dims: weightShape }
    : { name: layout.name, dims: layout.storedDims };
}

/** Macros of the dimensions, outermost first. */
function dimensionMacros(layer: QuantizedLayer, names: LayerNames, storage: Storage): string[] {
  const { name, dims } = storedOrder(layer, storage);
  return dimensionLabels(name, dims.length).map((label) => names.dimension(label));
}

function describeCodes(layer: QuantizedLayer, names: LayerNames, storage: Storage): string[] {
  const { name, weightName, weightShape, quantized, figures, scheme } = layer;
  const { bits, perChannel } = quantized;
  const order = storedOrder(layer, storage);
  const packed = isPacked(quantized, packingOf(storage))
    ? `, packed into ${packedChannelBytes(perChannel, bits)} bytes per channel`
    : "";
  return [
    `Weights of ${commentText(name)}, ONNX tensor "${commentText(weightName)}" ${shapeText(weightShape)}.`,
    `${commentText(order.name)} ${shapeText(order.dims)}, scheme ${commentText(scheme)}, ${bits} bits${packed}, ` +
      `range ${numberText(figures.min)} to ${numberText(figures.max)}, SQNR ${sqnrText(figures)}.`,
    ...codeMeaning(quantized, names),
  ];
}

/** What a code stands for, where it is not an integer weight as it is. */
function codeMeaning(quantized: QuantizedWeights, { arrays }: LayerNames): string[] {
  const { kind, bits, codeMin, codeMax } = quantized;
  switch (kind) {
    case "ceil": {
      const half = 2 ** (bits - 1);
      return [
        `Patterns ${runText(0, half - 1)} are the codes ${runText(codeMin, -1)}, patterns ${runText(half, 2 * half - 1)} the codes ${runText(1, codeMax)}.`,
      ];
    }
    case "log2":
      return [`A sign and an exponent: code 0 is 0, code c of 1 to ${codeMax} is 2^(c - 1), code -c is -2^(c - 1).`];
    case "codebook":
      return [`Codes are indices into ${arrays.palette}.`];
    case "uniform":
      return quantized.zeroPoints === null ? [] : ["Code less zero point is the integer."];
  }
}

function runText(first: number, last: number): string {
  return first === last ? String(first) : `${first} to ${last}`;
}
