/** What stands before the layers in a generated header: banner, overridable macros, signature, sizes. */
import { BANNER_MARK } from "./banner";
import { blockComment, commentText } from "./comments";
import type { WeightsEmission } from "./emission";
import { biasBitsOf } from "./fixed-point";
import { layerFlashBytes, layerFloatBytes } from "./flash";
import { toMacroName } from "./identifiers";
import { alignedDefines, shapeText, sqnrText } from "./c-format";
import { decodingGuide } from "./c-guide";
import { packingOf } from "./code-storage";

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
export function overview(emission: WeightsEmission, model: string): string[] {
  const { flash, float } = totals(emission);
  const share = float === 0 ? "" : ` (${((100 * flash) / float).toFixed(1)} %)`;
  return blockComment([
    `Flash: ${flash} bytes; in float32 the same would take ${float} bytes${share}.`,
    "",
    ...decodingGuide(emission, model),
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
    flash += layerFlashBytes(quantized, biasLength, sharedWith !== null, packingOf(emission), biasBitsOf(bias));
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
      "Section and alignment of the arrays; define them before this header or on the command line, as",
      '__attribute__((section(".weights"))) and __attribute__((aligned(4))) for example.',
    ]),
    "#ifndef BITWRIGHT_SECTION",
    "#define BITWRIGHT_SECTION",
    "#endif",
    "#ifndef BITWRIGHT_ALIGN",
    "#define BITWRIGHT_ALIGN",
    "#endif",
  ];
}

function layerTable(emission: WeightsEmission): string[] {
  const rows = emission.layers.map((layer) => {
    const { name, op, layout, scheme, quantized, bias, sharedWith, figures } = layer;
    const bytes = layerFlashBytes(
      quantized,
      bias?.codes.length ?? 0,
      sharedWith !== null,
      packingOf(emission),
      biasBitsOf(bias),
    );
    return [
      commentText(name, MAX_TABLE_NAME),
      commentText(op),
      shapeText(layout.storedDims),
      commentText(scheme),
      String(quantized.bits),
      String(bytes),
      sqnrText(figures),
    ];
  });
  return table([["Layer", "Operator", "Shape", "Scheme", "Bits", "Bytes", "SQNR"], ...rows]);
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
