/** The self-test of generated inference code: samples with the outputs that the reference interpreter computes. */
import { elementCount } from "../../onnx/tensor";
import type { CText } from "../c-text";
import { blockComment } from "../comments";
import type { CodeArray } from "../../program/program";
import { brokenList } from "./c-calls";
import type { InferenceEmission } from "./emission";
import type { InferenceNames } from "./names";

/** @param refusable whether the run function returns something else than 0 where a layer is refused */
export function writeSelfTest(
  text: CText,
  { program, selfTest }: InferenceEmission,
  names: InferenceNames,
  refusable: boolean,
): void {
  const { model, macro } = names;
  const samples = selfTest.length;
  const typeOf = (tensor: number) => `${program.tensors[tensor].type}_t`;
  const countOf = (tensor: number) => elementCount(program.tensors[tensor].dims);
  text.lines("", `#ifdef ${macro}_SELF_TEST`);
  text.lines(
    ...blockComment(["Samples one after the other, and the codes that the reference interpreter makes of them."]),
  );
  const write = (name: string, tensor: number, codes: readonly CodeArray[]) => {
    text.lines(`static const ${typeOf(tensor)} ${name}[${samples}][${countOf(tensor)}] = {`);
    codes.forEach((values, sample) => {
      text.lines("    {");
      text.integers(values);
      text.lines(sample === samples - 1 ? "    }" : "    },");
    });
    text.lines("};", "");
  };
  program.inputs.forEach((tensor, at) =>
    write(
      `sample_${names.inputs[at]}`,
      tensor,
      selfTest.map(({ inputs }) => inputs[at]),
    ),
  );
  program.outputs.forEach((tensor, at) =>
    write(
      `expected_${names.outputs[at]}`,
      tensor,
      selfTest.map(({ outputs }) => outputs[at]),
    ),
  );
  text.lines(`int ${model}_self_test(void)`, "{");
  program.outputs.forEach((tensor, at) =>
    text.lines(`    static ${typeOf(tensor)} ${names.outputs[at]}[${countOf(tensor)}];`),
  );
  text.lines("    int32_t sample;", "    int32_t i;", "");
  text.lines(`    for (sample = 0; sample < ${samples}; sample++) {`);
  const parameters = [...names.inputs.map((name) => `sample_${name}[sample]`), ...names.outputs];
  if (refusable) {
    text.lines(...brokenList(`        if (${model}_run(`, parameters, ") != 0) {"));
    text.lines("            return (int)sample + 1;", "        }");
  } else {
    text.lines(...brokenList(`        ${model}_run(`, parameters, ");"));
  }
  program.outputs.forEach((tensor, at) => {
    const name = names.outputs[at];
    text.lines(`        for (i = 0; i < ${countOf(tensor)}; i++) {`);
    text.lines(`            if (${name}[i] != expected_${name}[sample][i]) {`);
    text.lines("                return (int)sample + 1;", "            }", "        }");
  });
  text.lines("    }", "    return 0;", "}", "#endif");
}
