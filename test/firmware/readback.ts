/** Programs that print what the generated files hold and decode, and what they must print. */
import { isPacked, packingOf } from "../../src/engine/emit/code-storage";
import type { QuantizedLayer, WeightsEmission } from "../../src/engine/emit/emission";
import { fixedPointScale } from "../../src/engine/emit/fixed-point";
import { fileBaseName } from "../../src/engine/emit/file-names";
import { dimensionLabels, layerNames, modelIdentifier, type LayerNames } from "../../src/engine/emit/layer-names";
import { toOnnxOrder } from "../../src/engine/graph/layout";
import { bitPatternOf, patternsOf } from "../../src/engine/schemes/bit-patterns";
import { integerWeights } from "../../src/engine/schemes/decode";
import { groupBounds } from "../../src/engine/schemes/grouping";
import { packCodes } from "../../src/engine/schemes/packing";
import type { QuantizedWeights } from "../../src/engine/schemes/scheme";

/** What is printed: an array in C, or values of int32_t. */
type Source =
  | { readonly array: string }
  | { readonly integers: readonly string[] }
  /** An expression in `channel` and `index`, for all of them. */
  | { readonly expression: string; readonly channels: number; readonly perChannel: number };

/** What one label stands for, and the bytes that it must hold. */
interface Expectation {
  readonly label: string;
  readonly source: Source;
  readonly bytes: Uint8Array;
}

/** Every array, macro and decoder of a model. */
function expectations(emission: WeightsEmission, label: string): Expectation[] {
  const model = modelIdentifier(emission.baseName);
  const names = layerNames(model, emission.layers);
  const perLayer = emission.layers.flatMap((layer, index) =>
    [
      macros(layer, names[index], emission),
      ...codes(layer, names[index], emission),
      ...parameters(layer, names[index], model),
    ].map((expectation) => ({ ...expectation, label: `${label}.${index}.${expectation.label}` })),
  );
  return [...perLayer, signature(emission, label)];
}

function macros(layer: QuantizedLayer, { macros, dimension }: LayerNames, emission: WeightsEmission): Expectation {
  const { quantized, bias, layout, weightShape } = layer;
  const onnx = emission.order === "onnx";
  const dims = onnx ? weightShape : layout.storedDims;
  const labels = dimensionLabels(onnx ? layout.onnxName : layout.name, dims.length);
  const constants: [string, number][] = [
    ...dims.map((dim, axis): [string, number] => [dimension(labels[axis]), dim]),
    [macros.weightCount, quantized.codes.length],
    [macros.bits, quantized.bits],
    [macros.channelCount, quantized.channels],
    [macros.channelWeights, quantized.perChannel],
    ...singleParameters(quantized, macros),
  ];
  if (bias !== null) constants.push([macros.biasCount, bias.codes.length], [macros.fractionBits, bias.fractionBits]);
  return {
    label: "macros",
    source: { integers: constants.map(([name]) => name) },
    bytes: int32Bytes(constants.map(([, value]) => value)),
  };
}

/** Macros in place of arrays of one element. */
function singleParameters(quantized: QuantizedWeights, macros: LayerNames["macros"]): [string, number][] {
  const { scales } = quantized;
  if (scales.length > 1) return [[macros.scaleCount, scales.length]];
  const zeroPoints = quantized.kind === "uniform" ? quantized.zeroPoints : null;
  const zeroPoint: [string, number][] = zeroPoints === null ? [] : [[macros.zeroPoint, zeroPoints[0]]];
  const format = quantized.kind === "uniform" ? quantized.storedScales.format : "fixed-point";
  if (format === "power-of-two") return [[macros.exponent, Math.log2(scales[0])], ...zeroPoint];
  if (format === "half") {
    const { mantissas, exponents } = halfParts(scales);
    return [[macros.mantissa, mantissas[0]], [macros.exponent, exponents[0]], ...zeroPoint];
  }
  const { multiplier, shift } = fixedPointScale(scales[0]);
  return [[macros.multiplier, multiplier], [macros.shift, shift], ...zeroPoint];
}

/** The array of codes, what the decoder makes of them, and the groups that they belong to. */
function codes(layer: QuantizedLayer, { arrays, functions }: LayerNames, emission: WeightsEmission): Expectation[] {
  const { quantized } = layer;
  const { channels, perChannel } = quantized;
  const all = { channels, perChannel };
  const bounds = groupBounds(quantized);
  const groups = Array.from({ length: quantized.codes.length }, (_, i) => bounds.findLastIndex((start) => start <= i));
  const inBlocks = quantized.scales.length > 1 && quantized.groupSize < perChannel;
  return [
    { label: "weights", source: { array: arrays.weights }, bytes: storedCodes(layer, emission) },
    {
      label: "decoded",
      source: { expression: `${functions.weight}(channel, index)`, ...all },
      bytes: bytesOf(integerWeights(quantized)),
    },
    ...(inBlocks
      ? [
          {
            label: "groups",
            source: { expression: `(int32_t)${functions.group}(channel, index)`, ...all },
            bytes: int32Bytes(groups),
          },
        ]
      : []),
  ];
}

function storedCodes({ quantized, layout }: QuantizedLayer, emission: WeightsEmission): Uint8Array {
  if (isPacked(quantized, packingOf(emission))) return packCodes(quantized);
  const { codes, bits } = quantized;
  const Signed = bits <= 8 ? Int8Array : Int16Array;
  const elements = bitPatternOf(quantized) === "twos-complement" ? Signed.from(codes) : patternsOf(quantized);
  return bytesOf(emission.order === "onnx" ? toOnnxOrder(elements, layout) : elements);
}

/** Arrays of scales, zero points, palette and biases. */
function parameters({ quantized, bias }: QuantizedLayer, { arrays }: LayerNames, model: string): Expectation[] {
  const array = (name: keyof LayerNames["arrays"], bytes: Uint8Array): Expectation => {
    return { label: name, source: { array: arrays[name] }, bytes };
  };
  const found: Expectation[] = [];
  if (quantized.scales.length > 1) found.push(...scales(quantized, arrays, model, array));
  if (quantized.kind === "codebook") found.push(array("palette", bytesOf(quantized.palette)));
  if (bias !== null) found.push(array("bias", bytesOf(bias.codes)));
  return found;
}

function scales(
  quantized: QuantizedWeights,
  arrays: LayerNames["arrays"],
  model: string,
  array: (name: keyof LayerNames["arrays"], bytes: Uint8Array) => Expectation,
): Expectation[] {
  const { scales } = quantized;
  if (quantized.kind !== "uniform" || quantized.storedScales.format === "fixed-point") {
    const fixed = Array.from(scales, fixedPointScale);
    const zeroPoints = quantized.kind === "uniform" ? quantized.zeroPoints : null;
    const ZeroPoints = quantized.bits <= 8 ? Uint8Array : Uint16Array;
    return [
      array("multipliers", int32Bytes(fixed.map(({ multiplier }) => multiplier))),
      array("shifts", int32Bytes(fixed.map(({ shift }) => shift))),
      ...(zeroPoints === null ? [] : [array("zeroPoints", bytesOf(ZeroPoints.from(zeroPoints)))]),
    ];
  }
  if (quantized.storedScales.format === "power-of-two") {
    return [array("exponents", bytesOf(Int8Array.from(scales, Math.log2)))];
  }
  const { mantissas, exponents } = halfParts(scales);
  const each = { channels: 1, perChannel: scales.length };
  const half = (part: string): string => `${model}_half_${part}(${arrays.scales}[index])`;
  return [
    array("scales", bytesOf(quantized.storedScales.patterns)),
    { label: "mantissas", source: { expression: half("mantissa"), ...each }, bytes: int32Bytes(mantissas) },
    { label: "exponents", source: { expression: half("exponent"), ...each }, bytes: int32Bytes(exponents) },
  ];
}

/** Half-precision numbers have at most 11 significant bits, and none below 2^-24. */
function halfParts(scales: Float64Array): { mantissas: number[]; exponents: number[] } {
  const exponents = Array.from(scales, (scale) => Math.max(Math.floor(Math.log2(scale)) - 10, -24));
  return { exponents, mantissas: exponents.map((exponent, group) => scales[group] / 2 ** exponent) };
}

/** A C file with a function `dump_<label>` that prints what a model holds. */
export function readBackSource(emission: WeightsEmission, label: string): string {
  const model = modelIdentifier(emission.baseName).toUpperCase();
  const all = expectations(emission, label);
  const longest = Math.max(1, ...all.map(({ bytes }) => bytes.length / 4));
  const statements = all.map(({ label: line, source }) => `    ${statement(line, source)}`);
  return [
    `#include "${fileBaseName(emission.baseName)}_weights.h"`,
    '#include "dump.h"',
    `static int32_t values[${Math.ceil(longest)}];`,
    "#define DUMP_ALL(label, channels, per_channel, expression) do { \\",
    "    uint32_t channel, index, count = 0; \\",
    "    for (channel = 0; channel < (channels); channel++) { \\",
    "        for (index = 0; index < (per_channel); index++) { values[count++] = (expression); } \\",
    "    } \\",
    "    dump(label, values, count * sizeof(values[0])); \\",
    "} while (0)",
    `void dump_${label}(void);`,
    `void dump_${label}(void)`,
    "{",
    `    static const uint8_t signature[16] = ${model}_SIGNATURE_BYTES;`,
    `    static const char signature_text[] = ${model}_SIGNATURE;`,
    ...statements,
    `    dump("${label}.text", signature_text, sizeof(signature_text) - 1);`,
    "}",
    "",
  ].join("\n");
}

function statement(label: string, source: Source): string {
  if ("array" in source) return `dump("${label}", ${source.array}, sizeof(${source.array}));`;
  if ("integers" in source) {
    const constants = source.integers.join(", ");
    return `{ static const int32_t constants[] = {${constants}}; dump("${label}", constants, sizeof(constants)); }`;
  }
  return `DUMP_ALL("${label}", ${source.channels}u, ${source.perChannel}u, ${source.expression});`;
}

/** A C file that calls `dump_<label>` of every model. */
export function dumpAllSource(labels: readonly string[]): string {
  return [
    '#include "dump.h"',
    ...labels.map((label) => `void dump_${label}(void);`),
    "void dump_all(void)",
    "{",
    ...labels.map((label) => `    dump_${label}();`),
    "}",
    "",
  ].join("\n");
}

/** The lines that the program must print for a model, in order. */
export function expectedLines(emission: WeightsEmission, label: string): string[] {
  const text = Buffer.from(emission.modelSha256.slice(0, 32), "latin1").toString("hex");
  return [
    ...expectations(emission, label).map(({ label: line, bytes }) => `${line} ${Buffer.from(bytes).toString("hex")}`),
    `${label}.text ${text}`,
  ];
}

function signature(emission: WeightsEmission, label: string): Expectation {
  return {
    label: `${label}.signature`,
    source: { array: "signature" },
    bytes: Buffer.from(emission.modelSha256.slice(0, 32), "hex"),
  };
}

function int32Bytes(values: readonly number[]): Uint8Array {
  return bytesOf(Int32Array.from(values));
}

function bytesOf(values: Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
