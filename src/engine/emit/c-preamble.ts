/** What stands before the layers in a generated header: banner, overridable macros, signature, sizes. */
import { BANNER_MARK } from "./banner";
import { blockComment, commentText } from "./comments";
import type { WeightsEmission } from "./emission";
import { layerFlashBytes, layerFloatBytes } from "./flash";
import { toMacroName } from "./identifiers";
import { alignedDefines, shapeText, sqnrText } from "./c-format";

/** Longest recipe shown in a banner. */
const MAX_SHOWN_RECIPE = 2000;

/** Longest layer name in the table of layers. */
const MAX_TABLE_NAME = 32;

/** Hexadecimal digits in 128 bits of the model's SHA-256. */
const SIGNATURE_DIGITS = 32;

/** The banner of either file. */
export function banner(emission: WeightsEmission): string[] {
  const { generatorVersion, modelName, modelSha256, recipe } = emission;
  return blockComment([
    `${BANNER_MARK} ${commentText(generatorVersion)}. Do not edit: change the recipe and generate again.`,
    "",
    `Model    ${commentText(modelName)}`,
    `SHA-256  ${commentText(modelSha256)}`,
    `Recipe   ${commentText(recipe, MAX_SHOWN_RECIPE)}`,
  ]);
}

/** What the file holds and what it takes, with a table of the layers. */
export function overview(emission: WeightsEmission): string[] {
  const { flash, float } = totals(emission);
  const share = float === 0 ? "" : ` (${((100 * flash) / float).toFixed(1)} %)`;
  return blockComment([
    `Flash: ${flash} bytes; in float32 the same would take ${float} bytes${share}.`,
    "",
    "A weight is code * scale, where scale = multiplier * 2^(shift - 31) with multiplier and shift as CMSIS-NN has them;",
    "qf = 1 / scale. A bias is code * 2^-BIAS_FRACTION_BITS.",
    orderText(emission),
    "",
    ...layerTable(emission),
    ...keptFloatLines(emission),
  ]);
}

/** Flash of all arrays, and of the same weights and biases in float32, in bytes. */
export function totals(emission: WeightsEmission): { flash: number; float: number } {
  let flash = 0;
  let float = 0;
  for (const { quantized, bias, sharedWith } of emission.layers) {
    const biasLength = bias?.codes.length ?? 0;
    flash += layerFlashBytes(quantized, biasLength, sharedWith !== null);
    float += layerFloatBytes(quantized.codes.length, biasLength, sharedWith !== null);
  }
  return { flash, float };
}

/** Signature and sizes of the model as macros. */
export function modelDefines(emission: WeightsEmission, model: string): string[] {
  const macro = toMacroName(model);
  const { flash, float } = totals(emission);
  const signature = emission.modelSha256.slice(0, SIGNATURE_DIGITS);
  const bytes = (signature.match(/../g) ?? []).map((digits) => `0x${digits}`);
  return [
    ...blockComment(["The first 128 bits of the model's SHA-256, as text and as initializer of uint8_t[16]."]),
    `#define ${macro}_SIGNATURE "${signature}"`,
    `#define ${macro}_SIGNATURE_BYTES \\`,
    `    {${bytes.slice(0, 8).join(", ")}, \\`,
    `     ${bytes.slice(8).join(", ")}}`,
    "",
    ...blockComment(["Bytes of all arrays, and of the same weights and biases in float32."]),
    ...alignedDefines([
      [`${macro}_FLASH_BYTES`, String(flash)],
      [`${macro}_FLOAT_BYTES`, String(float)],
    ]),
  ];
}

/** Macros that a build may define before the header is included. */
export function placementMacros(): string[] {
  return [
    ...blockComment([
      "Section and alignment of the arrays. Define them before this header or on the command line, for example",
      'as __attribute__((section(".weights"))) and __attribute__((aligned(4))).',
    ]),
    "#ifndef BITWRIGHT_SECTION",
    "#define BITWRIGHT_SECTION",
    "#endif",
    "#ifndef BITWRIGHT_ALIGN",
    "#define BITWRIGHT_ALIGN",
    "#endif",
  ];
}

/** Static arrays of a header are not all used everywhere. */
export function unusedMacro(): string[] {
  return [
    "#ifndef BITWRIGHT_UNUSED",
    "#if defined(__GNUC__) || defined(__clang__)",
    "#define BITWRIGHT_UNUSED __attribute__((unused))",
    "#else",
    "#define BITWRIGHT_UNUSED",
    "#endif",
    "#endif",
  ];
}

/** A static assertion in C99, C11 and C++. */
export function staticAssertMacro(): string[] {
  return [
    "#ifndef BITWRIGHT_STATIC_ASSERT",
    "#if defined(__cplusplus)",
    "#define BITWRIGHT_STATIC_ASSERT(condition) static_assert(condition, #condition)",
    "#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L",
    "#define BITWRIGHT_STATIC_ASSERT(condition) _Static_assert(condition, #condition)",
    "#else",
    "#define BITWRIGHT_STATIC_ASSERT(condition) \\",
    "    extern const char bitwright_static_assert[(condition) ? 1 : -1]",
    "#endif",
    "#endif",
  ];
}

function orderText({ order }: WeightsEmission): string {
  const row = "Codes are in row-major order of the DIM macros, last one fastest:";
  return order === "ohwi"
    ? `${row} output channel first, input channel last (OHWI for convolutions, [out][in] for dense layers).`
    : `${row} the order of the ONNX tensor.`;
}

function layerTable(emission: WeightsEmission): string[] {
  const rows = emission.layers.map((layer) => {
    const { name, op, layout, quantized, bias, sharedWith, figures } = layer;
    const bytes = layerFlashBytes(quantized, bias?.codes.length ?? 0, sharedWith !== null);
    return [
      commentText(name, MAX_TABLE_NAME),
      commentText(op),
      shapeText(layout.storedDims),
      String(quantized.bits),
      String(bytes),
      sqnrText(figures),
    ];
  });
  return table([["Layer", "Operator", "Shape", "Bits", "Bytes", "SQNR"], ...rows]);
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function keptFloatLines({ keptFloat }: WeightsEmission): string[] {
  if (keptFloat.length === 0) return [];
  const lines = keptFloat.map(({ name, op, parameters, reason }) => {
    return `  ${commentText(name)} (${commentText(op)}, ${parameters} parameters): ${commentText(reason)}`;
  });
  return ["", "Not in this file:", ...lines];
}
