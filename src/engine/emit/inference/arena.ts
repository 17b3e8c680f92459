/** The static memory of generated code: bytes, or bytes, halfwords and words in the same place where tensors are of these. */
import type { MemoryPlan, Place } from "../../program/memory";
import type { CodeType, IntegerProgram } from "../../program/program";
import type { InferenceNames } from "./names";

/** Bytes of an element, and the member of the arena where there are halfwords. */
const ELEMENTS: Readonly<Record<CodeType, { readonly bytes: number; readonly member: string }>> = {
  int8: { bytes: 1, member: "bytes" },
  int16: { bytes: 2, member: "halfwords" },
  int32: { bytes: 4, member: "words" },
};

/** Whether the tensors between the layers are bytes alone. */
function isBytes(program: IntegerProgram, memory: MemoryPlan): boolean {
  return program.tensors.every(({ type }, index) => type === "int8" || memory.places[index].kind !== "arena");
}

/** The definition of the arena. @param size C expression of its bytes */
export function arenaLines(program: IntegerProgram, memory: MemoryPlan, size: string): string[] {
  if (isBytes(program, memory)) return [`static int8_t arena[${size}];`];
  const hasWords = program.tensors.some(({ type }, index) => type === "int32" && memory.places[index].kind === "arena");
  return [
    "static union {",
    `    int8_t bytes[${size}];`,
    `    int16_t halfwords[${size} / 2];`,
    ...(hasWords ? [`    int32_t words[${size} / 4];`] : []),
    "} arena;",
  ];
}

/** C expression of the first element of a tensor. */
export function tensorText(tensor: number, program: IntegerProgram, memory: MemoryPlan, names: InferenceNames): string {
  const place: Place = memory.places[tensor];
  switch (place.kind) {
    case "input":
      return names.inputs[place.position];
    case "output":
      return names.outputs[place.position];
    case "arena": {
      const { bytes, member } = ELEMENTS[program.tensors[tensor].type];
      const array = isBytes(program, memory) ? "arena" : `arena.${member}`;
      return place.offset === 0 ? array : `&${array}[${place.offset / bytes}]`;
    }
  }
}
