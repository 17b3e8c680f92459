/** Operations on elements: their constants, structures and calls. */
import { addedToRoundUp } from "../../program/arithmetic/round-up";
import type { Addition, Multiplication } from "../../program/operations/elementwise";
import type { Interpolation } from "../../program/operations/interpolation";
import type { Lookup } from "../../program/operations/lookup";
import type { CodeType } from "../../program/program";
import {
  additionKernel,
  interpolationKernel,
  lookupKernel,
  multiplicationKernel,
  sumStructName,
  type PairTypes,
} from "./kernels/elementwise";
import type { LayerCode } from "./layers";

export function additionCode(operation: Addition, types: PairTypes): LayerCode {
  const { multiplierA, multiplierB, offset, shift, rounding, sumBits, activationMin, activationMax } = operation;
  const half = 2 ** (shift - 1);
  const added = { "half-up": half, "half-even": half - 1, "half-down": half - 1, up: addedToRoundUp(shift) }[rounding];
  const kernel = additionKernel(rounding === "half-even", types, sumBits);
  return {
    kernel,
    arrays: [],
    structures: [
      {
        name: sumStructName(sumBits),
        suffix: "_layer",
        members: [
          ["multiplier of the first input", multiplierA],
          ["multiplier of the second input", multiplierB],
          ["offset, with what rounding adds", offset + added],
          ["shift", shift],
          ["activation minimum", activationMin],
          ["activation maximum", activationMax],
        ],
      },
    ],
    call: kernel.names[0],
    before: ["&_layer"],
    after: [String(operation.outerCount), String(operation.innerCount)],
  };
}

export function multiplicationCode(operation: Multiplication, types: PairTypes): LayerCode {
  const kernel = multiplicationKernel(operation.rounding, types);
  return {
    kernel,
    arrays: [],
    structures: [
      {
        name: "multiplication",
        suffix: "_layer",
        members: [
          ["offset of the first input", operation.offsetA],
          ["offset of the second input", operation.offsetB],
          ["multiplier", operation.multiplier],
          ["output offset", operation.outputOffset],
          ["shift", operation.shift],
          ["activation minimum", operation.activationMin],
          ["activation maximum", operation.activationMax],
        ],
      },
    ],
    call: kernel.names[0],
    before: ["&_layer"],
    after: [String(operation.outerCount), String(operation.innerCount)],
  };
}

/** @param count elements */
export function lookupCode({ table }: Lookup, count: number): LayerCode {
  const output = table instanceof Int8Array ? "int8" : "int16";
  const kernel = lookupKernel(output);
  return {
    kernel,
    arrays: [{ type: `${output}_t`, suffix: "_table", values: table }],
    structures: [],
    call: kernel.names[0],
    before: ["_table"],
    after: [String(count)],
  };
}

export function interpolationCode({ table, shift }: Interpolation, output: CodeType, count: number): LayerCode {
  const kernel = interpolationKernel(output);
  return {
    kernel,
    arrays: [{ type: "int16_t", suffix: "_table", values: table }],
    structures: [],
    call: kernel.names[0],
    before: ["_table"],
    after: [String(count), String(shift)],
  };
}
