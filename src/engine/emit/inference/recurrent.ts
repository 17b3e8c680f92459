/** LSTM and GRU: their arrays, structures and call. */
import type { GateSums, InitialState, Recurrent } from "../../program/operations/recurrent";
import type { IntegerProgram } from "../../program/program";
import { sumParts, variantOf } from "./decoded-sums";
import { variantName, type SumVariant } from "./kernels/decoded-sums";
import type { Kernel } from "./kernels/kernel";
import { recurrentKernel, runName, type RecurrentVariant } from "./kernels/recurrent";
import type { LayerArray, LayerCode, LayerStructure, Member } from "./layers";

/** @param requantize the program's kernel of that name */
export function recurrentCode(operation: Recurrent, { tensors }: IntegerProgram, requantize: Kernel): LayerCode {
  const { inputSums, stateSums, initialHidden, initialCell, sequence, hidden, cells, scratch } = operation;
  const variant: RecurrentVariant = {
    cell: operation.cell,
    inputSums: variantOf(inputSums, { input: tensors[operation.inputs[0]], output: "int32" }),
    stateSums: variantOf(stateSums, { input: tensors[hidden], output: "int32" }),
    hidden: initialHidden.kind,
    cells: initialCell.kind,
    sequence: sequence === null ? null : tensors[sequence.tensor].type,
  };
  const input = sumsCode("_input", inputSums, variant.inputSums);
  const state = sumsCode("_state", stateSums, variant.stateSums);
  const begins = [
    beginning("_initial_hidden", "int16_t", initialHidden),
    ...(cells === null ? [] : [beginning("_initial_cells", "int32_t", initialCell)]),
  ];
  return {
    kernel: recurrentKernel(variant, requantize),
    arrays: [...input.arrays, ...state.arrays, ...begins.flatMap(({ arrays }) => arrays)],
    structures: [input.structure, state.structure, ...layerStructures(operation)],
    call: runName(variant),
    before: ["&_layer", "&_input_sums", "&_state_sums", ...(sequence === null ? [] : ["&_codes"])],
    tensors: [
      operation.inputs[0],
      ...begins.flatMap(({ argument }) => argument),
      ...(sequence === null ? [] : [sequence.tensor]),
      hidden,
      ...(cells === null ? [] : [cells]),
      scratch,
    ],
    after: [],
  };
}

function layerStructures(operation: Recurrent): LayerStructure[] {
  const { stepCount, inputCount, unitCount, directions, firstReversed, sequence } = operation;
  const layer: LayerStructure = {
    name: "recurrent",
    suffix: "_layer",
    members: [
      ["steps", stepCount],
      ["inputs", inputCount],
      ["units", unitCount],
      ["directions", directions],
      ["first reversed direction", firstReversed],
    ],
  };
  if (sequence === null) return [layer];
  const { codes } = sequence;
  const members: Member[] = [
    ["offset, with what rounding adds", codes.offsets[0]],
    ["multiplier", codes.positive[0]],
    ["shift", codes.shift],
    ["activation minimum", codes.activationMin],
    ["activation maximum", codes.activationMax],
  ];
  return [layer, { name: "state_codes", suffix: "_codes", members }];
}

function sumsCode(prefix: "_input" | "_state", sums: GateSums, variant: SumVariant) {
  const { arrays, members } = sumParts(sums, variant);
  const prefixed = ([comment, value]: Member): Member => [comment, typeof value === "string" ? prefix + value : value];
  return {
    arrays: arrays.map((array): LayerArray => ({ ...array, suffix: prefix + array.suffix })),
    structure: {
      name: `sums_${variantName(variant)}`,
      suffix: `${prefix}_sums`,
      members: [
        ...members.map(prefixed),
        ["inputs", sums.weights.length / sums.bias.length],
        ["input offset", sums.inputOffset],
        ["activation minimum", sums.activationMin],
        ["activation maximum", sums.activationMax],
      ],
    } satisfies LayerStructure,
  };
}

function beginning<Steps extends Int16Array | Int32Array>(
  suffix: string,
  type: "int16_t" | "int32_t",
  initial: InitialState<Steps>,
): { readonly arrays: readonly LayerArray[]; readonly argument: readonly (number | string)[] } {
  switch (initial.kind) {
    case "zero":
      return { arrays: [], argument: [] };
    case "constant":
      return { arrays: [{ type, suffix, values: initial.steps }], argument: [suffix] };
    case "tensor":
      return { arrays: [], argument: [initial.tensor] };
  }
}
