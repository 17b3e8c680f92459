/** The header of generated inference code: what the network takes and gives, and what it costs. */
import { agreementCell } from "../../../protocol/agreement";
import type { IntegerProgram } from "../../program/program";
import type { MemoryPlan } from "../../program/memory";
import { elementCount } from "../../onnx/tensor";
import { BANNER_MARK } from "../banner";
import { alignedDefines, macroInteger, numberText, shapeText } from "../c-format";
import { blockComment, commentText } from "../comments";
import { fixedPointScale } from "../fixed-point";
import { toMacroName } from "../identifiers";
import { brokenList } from "./c-calls";
import type { CmsisLayers } from "./cmsis-nn/backend";
import type { LayerCost } from "./costs";
import type { InferenceEmission } from "./emission";
import type { InferenceNames } from "./names";
import { memoryText, STACK_BYTES } from "./text";

const MAX_SHOWN_RECIPE = 2000;
const MAX_TABLE_NAME = 32;

export interface Totals {
  readonly macs: number;
  readonly flashBytes: number;
}

/** The banner of either file. */
export function inferenceBanner({ generatorVersion, modelName, modelSha256, recipe }: InferenceEmission): string[] {
  return blockComment([
    `${BANNER_MARK} ${commentText(generatorVersion)}. Do not edit: change the recipe and generate again.`,
    "",
    `Model    ${commentText(modelName)}`,
    `SHA-256  ${commentText(modelSha256)}`,
    `Recipe   ${commentText(recipe, MAX_SHOWN_RECIPE)}`,
  ]);
}

export function headerLines(
  emission: InferenceEmission,
  names: InferenceNames,
  costs: readonly LayerCost[],
  memory: MemoryPlan,
  totals: Totals,
  cmsis: CmsisLayers | null,
): string[] {
  const { model, macro } = names;
  const guard = `${macro}_H`;
  return [
    ...inferenceBanner(emission),
    "",
    ...blockComment([
      `Runs the network on integers alone: no floating point, no heap, ${cmsis === null ? "no library" : "and CMSIS-NN for most layers"}.`,
      "",
      `RAM    ${memoryText(memory)}`,
      ...(cmsis === null ? [] : [`       ${cmsis.scratchBytes} bytes of scratch memory for CMSIS-NN.`]),
      `Stack  at most ${STACK_BYTES} bytes on Cortex-M, as gcc compiles it with -O2.`,
      `Flash  ${totals.flashBytes} bytes of constants, and the code.`,
      `Work   ${totals.macs} multiply-accumulates a run.`,
      "",
      ...layerTable(emission, costs),
    ]),
    "",
    `#ifndef ${guard}`,
    `#define ${guard}`,
    "",
    "#include <stdint.h>",
    "",
    "#ifdef __cplusplus",
    'extern "C" {',
    "#endif",
    "",
    ...emission.program.inputs.flatMap((tensor, at) =>
      tensorDefines(emission, tensor, `${macro}_${toMacroName(names.inputs[at])}`, "Input"),
    ),
    ...emission.program.outputs.flatMap((tensor, at) =>
      tensorDefines(emission, tensor, `${macro}_${toMacroName(names.outputs[at])}`, "Output"),
    ),
    ...blockComment(["Bytes of static RAM, bytes of constants, and multiply-accumulates of one run."]),
    ...alignedDefines([
      [`${macro}_ARENA_BYTES`, String(memory.arenaBytes)],
      [`${macro}_CONSTANT_BYTES`, String(totals.flashBytes)],
      [`${macro}_MACS`, String(totals.macs)],
    ]),
    "",
    ...(cmsis === null ? [] : scratchDefine(macro, cmsis)),
    ...blockComment([
      "Runs the network once. Not reentrant: the tensors between the layers are static.",
      ...(cmsis === null ? [] : ["Returns 0, or what CMSIS-NN says of the first layer that it refuses."]),
    ]),
    ...runSignature(names, emission.program, cmsis, ";"),
    "",
    ...(emission.selfTest.length === 0 ? [] : selfTestDeclaration(model, macro, emission.selfTest.length)),
    "#ifdef __cplusplus",
    "}",
    "#endif",
    "",
    `#endif /* ${guard} */`,
  ];
}

/** More of it can be given to cores with Helium, which want more. */
function scratchDefine(macro: string, { scratchBytes }: CmsisLayers): string[] {
  return [
    ...blockComment([
      "Bytes of scratch memory, enough for cores without Helium. With Helium the library can want more: the run then says so, and",
      "the macro can be defined before this file.",
    ]),
    `#ifndef ${macro}_SCRATCH_BYTES`,
    `#define ${macro}_SCRATCH_BYTES ${scratchBytes}`,
    "#endif",
    "",
  ];
}

/** The head of the run function, and what ends it. */
export function runSignature(
  names: InferenceNames,
  program: IntegerProgram,
  cmsis: CmsisLayers | null,
  end: "" | ";" = "",
): string[] {
  const parameter = (qualifier: string, tensors: readonly number[], identifiers: readonly string[]) =>
    identifiers.map((name, at) => `${qualifier}${program.tensors[tensors[at]].type}_t *${name}`);
  const parameters = [
    ...parameter("const ", program.inputs, names.inputs),
    ...parameter("", program.outputs, names.outputs),
  ];
  return brokenList(`${cmsis === null ? "void" : "int"} ${names.model}_run(`, parameters, `)${end}`);
}

function selfTestDeclaration(model: string, macro: string, samples: number): string[] {
  return [
    `#ifdef ${macro}_SELF_TEST`,
    ...blockComment([
      `Runs ${samples === 1 ? "a known sample" : `${samples} known samples`}: 0 where every output is what it must be, else the number of the first`,
      "sample with another output, counted from 1.",
    ]),
    `int ${model}_self_test(void);`,
    "#endif",
    "",
  ];
}

function tensorDefines({ program }: InferenceEmission, index: number, macro: string, role: string): string[] {
  const { name, storedDims, dims, scale, zeroPoint } = program.tensors[index];
  const { multiplier, shift } = fixedPointScale(scale);
  const order = dims.length === 4 ? ", channels last" : "";
  return [
    ...blockComment([
      `${role} "${commentText(name)}", ${shapeText(storedDims)}${order}: value = scale * (code - zero point),`,
      `scale = multiplier * 2^(shift - 31) = ${numberText(scale)}.`,
    ]),
    ...alignedDefines([
      [`${macro}_COUNT`, String(elementCount(dims))],
      [`${macro}_ZERO_POINT`, macroInteger(zeroPoint)],
      [`${macro}_SCALE_MULTIPLIER`, String(multiplier)],
      [`${macro}_SCALE_SHIFT`, macroInteger(shift)],
    ]),
    "",
  ];
}

function layerTable({ program }: InferenceEmission, costs: readonly LayerCost[]): string[] {
  const rows = program.operations.map(({ node, operator, output, agreement }, index) => [
    commentText(node, MAX_TABLE_NAME),
    commentText(operator),
    shapeText(program.tensors[output].storedDims),
    String(costs[index].macs),
    String(costs[index].flashBytes),
    String(costs[index].liveBytes),
    agreementCell(agreement),
  ]);
  const all = [["Layer", "Operator", "Output", "MACs", "Flash", "RAM", "ONNX Runtime"], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
}
