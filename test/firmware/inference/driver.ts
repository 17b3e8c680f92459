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
  const arrays = (tensors: readonly number[]) =>
    tensors.map((tensor) => {
      const { dims, type } = program.tensors[tensor];
      return { count: elementCount(dims), type: `${type}_t` };
    });
  const inputs = arrays(program.inputs);
  const outputs = arrays(program.outputs);
  const run = `${modelIdentifier(baseName)}_run`;
  const parameters = [...inputs.map((_, at) => `input${at}[i]`), ...outputs.map((_, at) => `output${at}`)];
  return [
    `#include "${fileBaseName(baseName)}.h"`,
    '#include "dump.h"',
    `void dump_${label}(void);`,
    ...inputs.map(({ count, type }, at) => {
      const rows = runs.map((codes) => `{${codes[at].join(",")}}`);
      return `static const ${type} input${at}[${runs.length}][${count}] = {\n${rows.join(",\n")}};`;
    }),
    ...outputs.map(({ count, type }, at) => `static ${type} output${at}[${count}];`),
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
