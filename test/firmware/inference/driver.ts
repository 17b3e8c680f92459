/** C programs that run generated networks on given inputs and print the outputs. */
import type { InferenceEmission } from "../../../src/engine/emit/inference/emission";
import { fileBaseName } from "../../../src/engine/emit/file-names";
import { modelIdentifier } from "../../../src/engine/emit/layer-names";
import { elementCount } from "../../../src/engine/onnx/tensor";
import { interpretProgram } from "../../../src/engine/program/interpret";
import type { CodeArray, IntegerProgram } from "../../../src/engine/program/program";

/** Codes of every input, for each run. */
export type Runs = readonly (readonly CodeArray[])[];

/** A C file with a function `dump_<label>` that runs the network on all inputs and prints every output. */
export function driverSource({ baseName, program }: InferenceEmission, label: string, runs: Runs): string {
  const counts = (tensors: readonly number[]) => tensors.map((tensor) => elementCount(program.tensors[tensor].dims));
  const inputs = counts(program.inputs);
  const outputs = counts(program.outputs);
  const run = `${modelIdentifier(baseName)}_run`;
  const parameters = [...inputs.map((_, at) => `input${at}[i]`), ...outputs.map((_, at) => `output${at}`)];
  return [
    `#include "${fileBaseName(baseName)}.h"`,
    '#include "dump.h"',
    `void dump_${label}(void);`,
    ...inputs.map((count, at) => {
      const rows = runs.map((codes) => `{${codes[at].join(",")}}`);
      return `static const int8_t input${at}[${runs.length}][${count}] = {\n${rows.join(",\n")}};`;
    }),
    ...outputs.map((count, at) => `static int8_t output${at}[${count}];`),
    `void dump_${label}(void)`,
    "{",
    "    int32_t i;",
    `    for (i = 0; i < ${runs.length}; i++) {`,
    `        ${run}(${parameters.join(", ")});`,
    ...outputs.map((_, at) => `        dump("${label}.${at}", output${at}, sizeof(output${at}));`),
    "    }",
    "}",
    "",
  ].join("\n");
}

/** The lines that the program must print: what the reference interpreter computes. */
export function expectedOutputs(program: IntegerProgram, label: string, runs: Runs): string[] {
  return runs.flatMap((codes) => {
    const values = interpretProgram(program, codes);
    return program.outputs.map((tensor, at) => {
      const { buffer, byteOffset, byteLength } = values[tensor];
      return `${label}.${at} ${Buffer.from(buffer, byteOffset, byteLength).toString("hex")}`;
    });
  });
}
