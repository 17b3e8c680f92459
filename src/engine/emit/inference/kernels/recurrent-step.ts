/** One step of LSTM and GRU in C. */
import type { RecurrentCell } from "../../../program/operations/recurrent";
import type { CodeType } from "../../../program/program";
import { gateFunctions } from "./gate-functions";
import { gateStructure, gateSumKernel, gateVariantName, type GateVariant } from "./gate-sums";
import { kernel, typedName, type Kernel } from "./kernel";

export interface StepVariant {
  readonly cell: RecurrentCell;
  readonly input: CodeType;
  readonly inputSums: GateVariant;
  /** `rows` where the reset gate comes before the product: its gates do not read the same states. */
  readonly stateSums: GateVariant;
}

const CELL_NAMES: Readonly<Record<RecurrentCell, string>> = {
  lstm: "lstm",
  "gru-reset-after": "gru_reset_after",
  "gru-reset-before": "gru_reset_before",
};

/** What gates there are, for comments. */
export const STEP_GATES: Readonly<Record<RecurrentCell, string>> = {
  lstm: "Gates are i, o, f and c; cells are in steps of 2^-16.",
  "gru-reset-after": "Gates are z, r and n.",
  "gru-reset-before": "Gates are z, r and n.",
};

/** The plain name is that of bytes whose gates are summed together. */
export function stepName({ cell, input, inputSums, stateSums }: StepVariant): string {
  if (inputSums.kind === "together" && stateSums.kind === "together")
    return typedName(`step_${CELL_NAMES[cell]}`, input);
  return `step_${CELL_NAMES[cell]}_${gateVariantName(inputSums)}_${gateVariantName(stateSums)}`;
}

/** @param requantize the program's kernel of that name */
export function recurrentStep(variant: StepVariant, requantize: Kernel): Kernel {
  const sums = [variant.inputSums, variant.stateSums].map((sum) => gateSumKernel(sum, requantize));
  return kernel([stepName(variant)], [gateFunctions, ...sums], stepText(variant));
}

function stepText(variant: StepVariant): string {
  switch (variant.cell) {
    case "lstm":
      return lstmText(variant);
    case "gru-reset-after":
      return resetAfterText(variant);
    case "gru-reset-before":
      return resetBeforeText(variant);
  }
}

/** @param memory parameters of what the step reads and writes besides its input */
function head(variant: StepVariant, memory: string): string {
  const structures = [variant.inputSums, variant.stateSums].map(gateStructure);
  const sums = `const IN_FLASH struct ${structures[0]} *input_sums, const IN_FLASH struct ${structures[1]} *state_sums`;
  return `
/*
 * One step of the units of a direction, the first of which is given.
 * ${STEP_GATES[variant.cell]}
 */
static void ${stepName(variant)}(${sums}, int32_t units, int32_t first, const ${variant.input}_t *input, ${memory})
{`;
}

/** Declares the sums of a unit's gates, \`from_input\` and \`from_state\`, and computes them. */
function gateSums({ inputSums, stateSums }: StepVariant, gates: 3 | 4): { declarations: string; sums: string } {
  const parts = [
    { sums: inputSums, layer: "input_sums", values: "input", into: "from_input" },
    { sums: stateSums, layer: "state_sums", values: "hidden", into: "from_state" },
  ];
  const rows = parts.filter(({ sums }) => sums.kind === "rows");
  const together = parts.filter(({ sums }) => sums.kind === "together");
  const loop = [
    `        for (gate = 0; gate < ${gates}; gate++) {`,
    `            const int32_t row = (${gates} * first) + (gate * units) + unit;`,
    "",
    ...rows.map(
      ({ sums, layer, values, into }) =>
        `            ${into}[gate] = sum_gate_${gateVariantName(sums)}(${layer}, row, ${values});`,
    ),
    "        }",
  ];
  const calls = together.map(
    ({ sums, layer, values, into }) =>
      `        sum_${gateVariantName(sums)}(${layer}, first + unit, ${values}, ${into});`,
  );
  return {
    declarations: [
      `    int32_t from_input[${gates}];`,
      `    int32_t from_state[${gates}];`,
      "    int32_t unit;",
      ...(rows.length === 0 ? [] : ["    int32_t gate;"]),
    ].join("\n"),
    sums: [...(rows.length === 0 ? [] : loop), ...calls].join("\n"),
  };
}

function lstmText(variant: StepVariant): string {
  const { declarations, sums } = gateSums(variant, 4);
  return `${head(variant, "const int16_t *hidden, int32_t *cells, int16_t *next")}
${declarations}

    for (unit = 0; unit < units; unit++) {
        int32_t input_gate;
        int32_t output_gate;
        int32_t forget_gate;
        int32_t candidate;
        int64_t kept;
        int64_t added;

${sums}
        input_gate = sigmoid_of(from_input[0] + from_state[0]);
        output_gate = sigmoid_of(from_input[1] + from_state[1]);
        forget_gate = sigmoid_of(from_input[2] + from_state[2]);
        candidate = tanh_of(from_input[3] + from_state[3]);
        kept = (int64_t)forget_gate * cells[unit];
        added = (int64_t)input_gate * candidate * 2;
        cells[unit] = (int32_t)((kept + added + 0x8000) >> 16);
        next[unit] = (int16_t)(((output_gate * tanh_of(cells[unit])) + 0x8000) >> 16);
    }
}
`;
}

function resetAfterText(variant: StepVariant): string {
  const { declarations, sums } = gateSums(variant, 3);
  return `${head(variant, "const int16_t *hidden, int16_t *next")}
${declarations}

    for (unit = 0; unit < units; unit++) {
        int32_t update_gate;
        int32_t reset_gate;
        int32_t recalled;
        int32_t candidate;
        int32_t mixed;

${sums}
        update_gate = sigmoid_of(from_input[0] + from_state[0]);
        reset_gate = sigmoid_of(from_input[1] + from_state[1]);
        recalled = (int32_t)((((int64_t)reset_gate * from_state[2]) + 0x8000) >> 16);
        candidate = tanh_of(from_input[2] + recalled);
        mixed = (update_gate * hidden[unit]) + ((0x10000 - update_gate) * candidate);
        next[unit] = (int16_t)((mixed + 0x8000) >> 16);
    }
}
`;
}

function resetBeforeText(variant: StepVariant): string {
  const x = `sum_gate_${gateVariantName(variant.inputSums)}(input_sums, row, input)`;
  const h = (state: string) => `sum_gate_${gateVariantName(variant.stateSums)}(state_sums, row, ${state})`;
  return `${head(variant, "int16_t *hidden, int16_t *scratch")}
    int16_t *updates = scratch;
    int16_t *recalled = &scratch[units];
    int32_t unit;

    for (unit = 0; unit < units; unit++) {
        const int32_t row = (3 * first) + unit;
        const int32_t sum = ${x} +
            ${h("hidden")};

        /* What fits 16 bits. */
        updates[unit] = (int16_t)(sigmoid_of(sum) - 0x8000);
    }
    for (unit = 0; unit < units; unit++) {
        const int32_t row = (3 * first) + units + unit;
        const int32_t sum = ${x} +
            ${h("hidden")};

        recalled[unit] = (int16_t)(((sigmoid_of(sum) * hidden[unit]) + 0x8000) >> 16);
    }
    for (unit = 0; unit < units; unit++) {
        const int32_t row = (3 * first) + (2 * units) + unit;
        const int32_t sum = ${x} +
            ${h("recalled")};
        const int32_t update_gate = (int32_t)updates[unit] + 0x8000;
        const int32_t mixed = (update_gate * hidden[unit]) + ((0x10000 - update_gate) * tanh_of(sum));

        hidden[unit] = (int16_t)((mixed + 0x8000) >> 16);
    }
}
`;
}
