/** Programs that print what the generated files hold, and what they must print. */
import type { WeightsEmission } from "../../src/engine/emit/emission";
import { fixedPointScale } from "../../src/engine/emit/fixed-point";
import { fileBaseName } from "../../src/engine/emit/file-names";
import { hasScaleArrays } from "../../src/engine/emit/flash";
import { dimensionLabels, layerNames, modelIdentifier } from "../../src/engine/emit/layer-names";
import { toOnnxOrder } from "../../src/engine/graph/layout";

/** What one label stands for: a C expression of an array, and the bytes that it must hold. */
interface Expectation {
  readonly label: string;
  /** An array in C, or the elements of one of int32_t. */
  readonly source: { readonly array: string } | { readonly integers: readonly string[] };
  readonly bytes: Uint8Array;
}

/** Every array and every macro of a model. */
export function expectations(emission: WeightsEmission, label: string): Expectation[] {
  const model = modelIdentifier(emission.baseName);
  const names = layerNames(model, emission.layers);
  const perLayer = emission.layers.flatMap((layer, index): Expectation[] => {
    const { arrays, macros, dimension } = names[index];
    const { quantized, bias, layout, weightShape } = layer;
    const onnx = emission.order === "onnx";
    const dims = onnx ? weightShape : layout.storedDims;
    const labels = dimensionLabels(onnx ? layout.onnxName : layout.name, dims.length);
    const scales = Array.from(quantized.scales, fixedPointScale);
    const multipliers = scales.map(({ multiplier }) => multiplier);
    const shifts = scales.map(({ shift }) => shift);
    const scaleArrays = hasScaleArrays(quantized);
    const constants: [string, number][] = [
      ...dims.map((dim, axis): [string, number] => [dimension(labels[axis]), dim]),
      [macros.weightCount, quantized.codes.length],
      [macros.bits, quantized.bits],
    ];
    if (scaleArrays) constants.push([macros.scaleCount, scales.length]);
    else constants.push([macros.multiplier, multipliers[0]], [macros.shift, shifts[0]]);
    if (bias !== null) constants.push([macros.biasCount, bias.codes.length], [macros.fractionBits, bias.fractionBits]);
    const head = `${label}.${index}`;
    const codes = onnx ? toOnnxOrder(quantized.codes, layout) : quantized.codes;
    return [
      { label: `${head}.macros`, ...integerConstants(constants) },
      { label: `${head}.weights`, source: { array: arrays.weights }, bytes: bytesOf(codes) },
      ...(scaleArrays
        ? [
            { label: `${head}.multipliers`, source: { array: arrays.multipliers }, bytes: int32Bytes(multipliers) },
            { label: `${head}.shifts`, source: { array: arrays.shifts }, bytes: int32Bytes(shifts) },
          ]
        : []),
      ...(bias === null
        ? []
        : [{ label: `${head}.bias`, source: { array: arrays.bias }, bytes: int32Bytes([...bias.codes]) }]),
    ];
  });
  return [...perLayer, signature(emission, label)];
}

/** A C file with a function `dump_<label>` that prints a model's arrays. */
export function readBackSource(emission: WeightsEmission, label: string): string {
  const model = modelIdentifier(emission.baseName).toUpperCase();
  const statements = expectations(emission, label).map(({ label: line, source }) => {
    if ("array" in source) return `    dump("${line}", ${source.array}, sizeof(${source.array}));`;
    return `    {\n        static const int32_t values[] = {${source.integers.join(", ")}};\n        dump("${line}", values, sizeof(values));\n    }`;
  });
  return [
    `#include "${fileBaseName(emission.baseName)}_weights.h"`,
    '#include "dump.h"',
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

function integerConstants(constants: readonly (readonly [string, number])[]): Pick<Expectation, "source" | "bytes"> {
  return {
    source: { integers: constants.map(([name]) => name) },
    bytes: int32Bytes(constants.map(([, value]) => value)),
  };
}

function int32Bytes(values: readonly number[]): Uint8Array {
  return bytesOf(Int32Array.from(values));
}

function bytesOf(values: Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
