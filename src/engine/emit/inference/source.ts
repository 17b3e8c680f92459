/** The source file of generated inference code. */
import type { MemoryPlan } from "../../program/memory";
import type { Operation } from "../../program/program";
import { blockComment } from "../comments";
import type { CText } from "../c-text";
import { cmsisRoundingCheck, type CmsisLayers } from "./cmsis-nn/backend";
import { arenaLines, tensorText } from "./arena";
import { brokenList } from "./c-calls";
import type { LayerCost } from "./costs";
import type { InferenceEmission } from "./emission";
import { inferenceBanner, runSignature } from "./header";
import { kernelsOf, type LayerArray, type LayerCode, type Member } from "./layers";
import type { InferenceNames } from "./names";
import { writeSelfTest } from "./self-test";
import { describeLayer } from "./text";

/** Half a block of 16 weights. */
const PAIRS_PER_LINE = 4;

export function writeSource(
  text: CText,
  emission: InferenceEmission,
  names: InferenceNames,
  codes: readonly LayerCode[],
  costs: readonly LayerCost[],
  memory: MemoryPlan,
  cmsis: CmsisLayers | null,
  header: string,
): void {
  const { program } = emission;
  text.lines(...inferenceBanner(emission), "", `#include "${header}"`, "");
  text.lines("#include <stdbool.h>", "#include <stddef.h>", "");
  text.lines("#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)", "#include <arm_acle.h>", "#endif", "");
  if (cmsis !== null) text.lines('#include "arm_nnfunctions.h"', "", ...cmsisRoundingCheck(cmsis.rounding));
  const kernels = kernelsOf(codes);
  text.lines(...signAssertion(), ...flashQualifier());
  for (const { lines } of kernels) text.lines(...lines, "");
  if (memory.arenaBytes > 0) {
    text.lines(...blockComment(["The tensors between the layers."]));
    text.lines(...arenaLines(program, memory, `${names.macro}_ARENA_BYTES`), "");
  }
  program.operations.forEach((operation, index) => {
    text.lines(...blockComment(describeLayer(operation, program, costs[index])));
    writeLayer(text, names.layers[index], codes[index]);
  });
  text.lines(...runSignature(names, program, cmsis), "{");
  if (cmsis !== null) text.lines("    cmsis_status = ARM_CMSIS_NN_SUCCESS;");
  program.operations.forEach((operation, index) =>
    text.lines(
      ...callsOf(operation, names.layers[index], codes[index], (tensor) => tensorText(tensor, program, memory, names)),
    ),
  );
  if (cmsis !== null) text.lines("    return (int)cmsis_status;");
  text.lines("}");
  if (emission.selfTest.length > 0) writeSelfTest(text, emission, names, cmsis !== null);
}

/** C leaves the right shift of negative numbers to the compiler; every one for these targets keeps the sign. */
function signAssertion(): string[] {
  return ["#if (-1 >> 1) != -1", '#error "right shifts of negative numbers must keep the sign"', "#endif", ""];
}

/** avr-gcc reads constants from flash only where their types say that they are there. */
function flashQualifier(): string[] {
  return [
    ...blockComment([
      "Qualifies constants. On AVR, GNU C keeps them in flash and reads them there; as C++ or strict C they take RAM, too.",
    ]),
    "#if defined(__FLASH) && !defined(__STRICT_ANSI__)",
    "#define IN_FLASH __flash",
    "#else",
    "#define IN_FLASH",
    "#endif",
    "",
  ];
}

function writeLayer(text: CText, name: string, { arrays, structures }: LayerCode): void {
  for (const array of arrays) writeArray(text, name + array.suffix, array);
  for (const structure of structures) {
    text.lines(`static const IN_FLASH struct ${structure.name} ${name}${structure.suffix} = {`);
    structure.members.forEach((member, index) =>
      text.lines(`    ${memberText(name, member, index === structure.members.length - 1)}`),
    );
    text.lines("};", "");
  }
}

export function writeArray(text: CText, name: string, array: Pick<LayerArray, "type" | "values" | "pairs">): void {
  const { type, values, pairs } = array;
  text.lines(`static const IN_FLASH ${type} ${name}[${values.length}] = {`);
  if (pairs === undefined) text.integers(values instanceof Uint8Array ? Int16Array.from(values) : values);
  else writePairs(text, values, pairs);
  text.lines("};", "");
}

function writePairs(text: CText, values: LayerArray["values"], macro: string): void {
  for (let start = 0; start < values.length; start += 2 * PAIRS_PER_LINE) {
    const count = Math.min(PAIRS_PER_LINE, (values.length - start) / 2);
    const pairs = Array.from(
      { length: count },
      (_, pair) => `${macro}(${values[start + 2 * pair]}, ${values[start + 2 * pair + 1]})`,
    );
    text.lines(`    ${pairs.join(", ")}${start + 2 * count < values.length ? "," : ""}`);
  }
}

function memberText(name: string, [comment, value]: Member, isLast: boolean): string {
  const comma = isLast ? "" : ",";
  if (value === null) return `NULL${comma}`;
  if (typeof value === "string") return `${name}${value}${comma}`;
  const shown = typeof value === "number" ? String(value) : `{${value.join(", ")}}`;
  return `${shown}${comma} /* ${comment} */`;
}

function callsOf(
  operation: Operation,
  name: string,
  { call, before, after, tensors = [...operation.inputs, operation.output], fill }: LayerCode,
  place: (tensor: number) => string,
): string[] {
  const own = (argument: string) => (argument.startsWith("&") ? `&${name}${argument.slice(1)}` : `${name}${argument}`);
  const places = tensors.map((tensor) => (typeof tensor === "number" ? place(tensor) : own(tensor)));
  const filling =
    fill === undefined ? [] : [`    ${fill.kernel.names[0]}(${place(operation.output)}, ${fill.code}, ${fill.count});`];
  return [...filling, ...brokenList(`    ${call}(`, [...before.map(own), ...places, ...after], ");")];
}
