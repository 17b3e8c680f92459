/** Operations over rows of codes: their constants, structures and calls. */
import { RECIPROCAL_BITS, type ArgMax, type Softmax } from "../../program/operations/classification";
import type { CodeType } from "../../program/program";
import { argMaxKernel, softmaxKernel } from "./kernels/classification";
import { typedName } from "./kernels/kernel";
import type { LayerCode } from "./layers";

export function softmaxCode(operation: Softmax, input: CodeType, output: CodeType): LayerCode {
  const kernel = softmaxKernel(input, output, operation.rounding === "up");
  const { table, fine } = operation;
  return {
    kernel,
    arrays: [
      { type: "int32_t", suffix: "_table", values: table },
      ...(fine === null ? [] : [{ type: "int32_t", suffix: "_fine_table", values: fine } as const]),
    ],
    structures: [
      {
        name: typedName("softmax", input),
        suffix: "_layer",
        members: [
          ["", "_table"],
          ...(fine === null ? [] : [["", "_fine_table"] as const]),
          ["rows", operation.outerCount],
          ["codes in a row", operation.innerCount],
          [`one over the output scale, ${RECIPROCAL_BITS} fraction bits`, operation.reciprocal],
          ["output offset", operation.outputOffset],
          ["activation minimum", operation.activationMin],
          ["activation maximum", operation.activationMax],
        ],
      },
    ],
    call: kernel.names[0],
    before: ["&_layer"],
    after: [],
  };
}

export function argMaxCode({ outerCount, innerCount, selectLast }: ArgMax, input: CodeType): LayerCode {
  const kernel = argMaxKernel(input);
  const after = [outerCount, innerCount, selectLast ? 1 : 0].map(String);
  return { kernel, arrays: [], structures: [], call: kernel.names[0], before: [], after };
}
