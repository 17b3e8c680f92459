/** LSTM and GRU: their arrays, structures and call. */
import type { GateSums, InitialState, Recurrent } from "../../program/operations/recurrent";
import type { IntegerProgram, ProgramTensor } from "../../program/program";
import { sumParts, variantOf } from "./decoded-sums";
import type { Optimization } from "./emission";
import { unitGates } from "./gate-order";
import { gateStructure, type GateVariant } from "./kernels/gate-sums";
import type { Kernel } from "./kernels/kernel";
import { recurrentKernel, runName, type RecurrentVariant } from "./kernels/recurrent";
import type { LayerArray, LayerCode, LayerStructure, Member } from "./layers";

/** @param requantize the program's kernel of that name */
export function recurrentCode(
  operation: Recurrent,
  { tensors }: IntegerProgram,
  requantize: Kernel,
  optimize: Optimization,
): LayerCode {
  const { inputSums, stateSums, initialHidden, initialCell, sequence, hidden, cells, scratch } = operation;
  const [sequenceInput] = operation.inputs;
  const input = sumsCode("_input", operation, inputSums, tensors[sequenceInput], optimize);
  const state = sumsCode("_state", operation, stateSums, tensors[hidden], optimize);
  const variant: RecurrentVariant = {
    cell: operation.cell,
    input: tensors[sequenceInput].type,
    inputSums: input.variant,
    stateSums: state.variant,
    hidden: initialHidden.kind,
    cells: initialCell.kind,
    sequence: sequence === null ? null : tensors[sequence.tensor].type,
  };
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
      sequenceInput,
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

interface SumsCode {
  readonly variant: GateVariant;
  readonly arrays: readonly LayerArray[];
  readonly structure: LayerStructure;
}

function sumsCode(
  prefix: "_input" | "_state",
  operation: Recurrent,
  sums: GateSums,
  input: ProgramTensor,
  optimize: Optimization,
): SumsCode {
  const { variant, arrays, members } = gatesTogether(operation, sums, input, optimize) ?? gatesByRow(sums, input);
  const prefixed = ([comment, value]: Member): Member => [comment, typeof value === "string" ? prefix + value : value];
  return {
    variant,
    arrays: arrays.map((array): LayerArray => ({ ...array, suffix: prefix + array.suffix })),
    structure: {
      name: gateStructure(variant),
      suffix: `${prefix}_sums`,
      members: [
        ...members.map(prefixed),
        ["activation minimum", sums.activationMin],
        ["activation maximum", sums.activationMax],
      ],
    },
  };
}

interface Gates {
  readonly variant: GateVariant;
  readonly arrays: readonly LayerArray[];
  readonly members: readonly Member[];
}

/** Null where gates of a unit cannot be, or are not to be, summed together. */
function gatesTogether(
  operation: Recurrent,
  sums: GateSums,
  input: ProgramTensor,
  optimize: Optimization,
): Gates | null {
  if (optimize === "size" || operation.cell === "gru-reset-before") return null;
  const gates = operation.cell === "lstm" ? 4 : 3;
  const parts = unitGates(sums, gates, operation.unitCount, input);
  return parts && { variant: { kind: "together", gates, input: input.type }, ...parts };
}

function gatesByRow(sums: GateSums, input: ProgramTensor): Gates {
  const variant = variantOf(sums, { input, output: "int32" });
  const { arrays, members } = sumParts(sums, variant);
  const shape: Member[] = [
    ["inputs", sums.weights.length / sums.bias.length],
    ["input offset", sums.inputOffset],
  ];
  return { variant: { kind: "rows", sums: variant }, arrays, members: [...members, ...shape] };
}

function beginning(
  suffix: string,
  type: "int16_t" | "int32_t",
  initial: InitialState<Int16Array | Int32Array>,
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
