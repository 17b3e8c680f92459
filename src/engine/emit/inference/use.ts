/** What whoever calls the generated network writes: the buffers, and the call. */
import type { IntegerProgram } from "../../program/program";
import type { InferenceUse } from "../build-systems/description";
import { toMacroName } from "../identifiers";
import type { InferenceNames } from "./names";

export function callerCode(
  { model, macro, inputs, outputs }: InferenceNames,
  program: IntegerProgram,
): Pick<InferenceUse, "buffers" | "call"> {
  const buffer = (tensor: number, name: string) =>
    `static ${program.tensors[tensor].type}_t ${name}[${macro}_${toMacroName(name)}_COUNT];`;
  return {
    buffers: [
      ...program.inputs.map((tensor, at) => buffer(tensor, inputs[at])),
      ...program.outputs.map((tensor, at) => buffer(tensor, outputs[at])),
    ],
    call: `${model}_run(${[...inputs, ...outputs].join(", ")});`,
  };
}
