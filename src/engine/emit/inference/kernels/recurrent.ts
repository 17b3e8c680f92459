/** LSTM and GRU in C: see `program/operations/recurrent.ts` for what they compute. */
import type { InitialState, RecurrentCell } from "../../../program/operations/recurrent";
import type { CodeType } from "../../../program/program";
import { gateFunctions } from "./gate-functions";
import { gateSumKernel } from "./gate-sums";
import { variantName, type SumVariant } from "./decoded-sums";
import { kernel, type Kernel } from "./kernel";
import { clampWide } from "./wide-requantization";

type Beginning = InitialState<never>["kind"];

export interface RecurrentVariant {
  readonly cell: RecurrentCell;
  readonly inputSums: SumVariant;
  readonly stateSums: SumVariant;
  readonly hidden: Beginning;
  /** Of LSTM. */
  readonly cells: Beginning;
  /** Codes of the sequence of states; null where only the last states are read. */
  readonly sequence: CodeType | null;
}

export interface RecurrentNames {
  readonly run: string;
  readonly structure: string;
}

const CELL_NAMES: Readonly<Record<RecurrentCell, string>> = {
  lstm: "lstm",
  "gru-reset-after": "gru_reset_after",
  "gru-reset-before": "gru_reset_before",
};

function stepName({ cell, inputSums, stateSums }: RecurrentVariant): string {
  return `step_${CELL_NAMES[cell]}_${variantName(inputSums)}_${variantName(stateSums)}`;
}

/** The function that runs a layer. */
export function runName(variant: RecurrentVariant): string {
  const { hidden, cells, sequence } = variant;
  const begins = hidden === "zero" && cells === "zero" ? [] : [`from_${hidden}_${cells}`];
  const ends = sequence === null ? ["last"] : sequence === "int8" ? [] : [sequence];
  return ["run", stepName(variant).slice("step_".length), ...begins, ...ends].join("_");
}

const recurrentStruct = kernel(
  ["recurrent"],
  [],
  `
/* Directions from first_reversed on run from the last step to the first. */
struct recurrent {
    int32_t steps;
    int32_t inputs;
    int32_t units;
    int32_t directions;
    int32_t first_reversed;
};
`,
);

const stateCodes = kernel(
  ["state_codes"],
  [],
  `
/* Hidden states, in steps of 2^-15, become codes by (state * multiplier + offset) >> shift. */
struct state_codes {
    int64_t offset;
    int32_t multiplier;
    int32_t shift;
    int32_t activation_min;
    int32_t activation_max;
};
`,
);

/** A layer from its first step to its last. @param requantize the program's kernel of that name */
export function recurrentKernel(variant: RecurrentVariant, requantize: Kernel): Kernel {
  const { inputSums, stateSums, cell, sequence } = variant;
  const sums = [inputSums, stateSums].map((sum) => gateSumKernel(sum, requantize));
  const step = kernel([stepName(variant)], [gateFunctions, ...sums], stepText(variant));
  const needs = [recurrentStruct, ...(sequence === null ? [] : [stateCodes, clampWide]), step];
  return kernel([runName(variant)], needs, runText(variant, cell === "lstm"));
}

function stepText(variant: RecurrentVariant): string {
  const { inputSums, stateSums, cell } = variant;
  const x = (gate: string) => `sum_gate_${variantName(inputSums)}(input_sums, ${gate}, input)`;
  const h = (gate: string, state = "hidden") => `sum_gate_${variantName(stateSums)}(state_sums, ${gate}, ${state})`;
  const head = (memory: string) => `
static void ${stepName(variant)}(const IN_FLASH struct sums_${variantName(inputSums)} *input_sums,
    const IN_FLASH struct sums_${variantName(stateSums)} *state_sums, int32_t units, int32_t row, const ${inputSums.input}_t *input,
    ${memory})
{
    int32_t unit;
`;
  switch (cell) {
    case "lstm":
      return `
/* One step of one direction, whose weights begin at a row; gates are i, o, f and c. Cells are in steps of 2^-16. */${head(
        "const int16_t *hidden, int32_t *cells, int16_t *next",
      )}
    for (unit = 0; unit < units; unit++) {
        const int32_t gate = row + unit;
        const int32_t input_gate = sigmoid_of(${x("gate")} + ${h("gate")});
        const int32_t output_gate = sigmoid_of(${x("gate + units")} + ${h("gate + units")});
        const int32_t forget_gate = sigmoid_of(${x("gate + (2 * units)")} + ${h("gate + (2 * units)")});
        const int32_t candidate = tanh_of(${x("gate + (3 * units)")} + ${h("gate + (3 * units)")});
        const int64_t kept = (int64_t)forget_gate * cells[unit];
        const int64_t added = (int64_t)input_gate * candidate * 2;

        cells[unit] = (int32_t)((kept + added + 0x8000) >> 16);
        next[unit] = (int16_t)(((output_gate * tanh_of(cells[unit])) + 0x8000) >> 16);
    }
}
`;
    case "gru-reset-after":
      return `
/* One step of one direction, whose weights begin at a row; gates are z, r and n. */${head(
        "const int16_t *hidden, int16_t *next",
      )}
    for (unit = 0; unit < units; unit++) {
        const int32_t gate = row + unit;
        const int32_t update_gate = sigmoid_of(${x("gate")} + ${h("gate")});
        const int32_t reset_gate = sigmoid_of(${x("gate + units")} + ${h("gate + units")});
        const int64_t recalled = (int64_t)reset_gate * ${h("gate + (2 * units)")};
        const int32_t past = (int32_t)((recalled + 0x8000) >> 16);
        const int32_t candidate = tanh_of(${x("gate + (2 * units)")} + past);
        const int32_t mixed = (update_gate * hidden[unit]) + ((0x10000 - update_gate) * candidate);

        next[unit] = (int16_t)((mixed + 0x8000) >> 16);
    }
}
`;
    case "gru-reset-before":
      return `
/* One step of one direction, whose weights begin at a row; gates are z, r and n. The state changes in place. */${head(
        "int16_t *hidden, int16_t *scratch",
      )}    int16_t *updates = scratch;
    int16_t *recalled = &scratch[units];

    /* What sigmoid is less 2^15 fits 16 bits. */
    for (unit = 0; unit < units; unit++) {
        const int32_t gate = row + unit;
        const int32_t reset_gate = sigmoid_of(${x("gate + units")} + ${h("gate + units")});

        updates[unit] = (int16_t)(sigmoid_of(${x("gate")} + ${h("gate")}) - 0x8000);
        recalled[unit] = (int16_t)(((reset_gate * hidden[unit]) + 0x8000) >> 16);
    }
    for (unit = 0; unit < units; unit++) {
        const int32_t gate = row + unit + (2 * units);
        const int32_t candidate = tanh_of(${x("gate")} + ${h("gate", "recalled")});
        const int32_t update_gate = 0x8000 + updates[unit];
        const int32_t mixed = (update_gate * hidden[unit]) + ((0x10000 - update_gate) * candidate);

        hidden[unit] = (int16_t)((mixed + 0x8000) >> 16);
    }
}
`;
  }
}

/** Types of what states begin with. */
const BEGIN_QUALIFIERS = { constant: "const IN_FLASH", tensor: "const" } as const;

function runText(variant: RecurrentVariant, isLstm: boolean): string {
  const { cell, inputSums, stateSums, sequence } = variant;
  const inPlace = cell === "gru-reset-before";
  const begin = (kind: Beginning, name: string, type: string) =>
    kind === "zero"
      ? { parameter: [], value: "0" }
      : {
          parameter: [`${BEGIN_QUALIFIERS[kind]} ${type} *initial_${name}`],
          value: `initial_${name}[first + unit]`,
        };
  const hidden = begin(variant.hidden, "hidden", "int16_t");
  const cells = begin(variant.cells, "cells", "int32_t");
  const parameters = [
    "const IN_FLASH struct recurrent *layer",
    `const IN_FLASH struct sums_${variantName(inputSums)} *input_sums`,
    `const IN_FLASH struct sums_${variantName(stateSums)} *state_sums`,
    ...(sequence === null ? [] : ["const IN_FLASH struct state_codes *codes"]),
    `const ${inputSums.input}_t *input`,
    ...hidden.parameter,
    ...(isLstm ? cells.parameter : []),
    ...(sequence === null ? [] : [`${sequence}_t *output`]),
    "int16_t *hidden",
    ...(isLstm ? ["int32_t *cells"] : []),
    inPlace ? "int16_t *scratch" : "int16_t *next",
  ];
  const gates = isLstm ? 4 : 3;
  const memory = isLstm ? "hidden, cells, next" : inPlace ? "hidden, scratch" : "hidden, next";
  const copied = inPlace
    ? []
    : [
        "            for (unit = 0; unit < layer->units; unit++) {",
        "                hidden[unit] = next[unit];",
        "            }",
      ];
  const written =
    sequence === null
      ? []
      : [
          "            for (unit = 0; unit < layer->units; unit++) {",
          "                const int64_t code = ((int64_t)hidden[unit] * codes->multiplier) + codes->offset;",
          "",
          "                output[(((position * layer->directions) + direction) * layer->units) + unit] =",
          `                    (${sequence}_t)clamp_wide(code >> codes->shift, codes->activation_min, codes->activation_max);`,
          "            }",
        ];
  return [
    "/* The states of the last step remain. */",
    `static void ${runName(variant)}(`,
    `    ${parameters.join(",\n    ")})`,
    "{",
    "    int32_t direction;",
    "    int32_t step;",
    "    int32_t unit;",
    "",
    "    for (direction = 0; direction < layer->directions; direction++) {",
    "        const int32_t first = direction * layer->units;",
    "",
    "        for (unit = 0; unit < layer->units; unit++) {",
    `            hidden[unit] = ${hidden.value};`,
    ...(isLstm ? [`            cells[unit] = ${cells.value};`] : []),
    "        }",
    "        for (step = 0; step < layer->steps; step++) {",
    "            const bool reversed = direction >= layer->first_reversed;",
    "            const int32_t position = reversed ? (layer->steps - 1 - step) : step;",
    "",
    `            ${stepName(variant)}(input_sums, state_sums, layer->units, ${gates} * first,`,
    `                &input[position * layer->inputs], ${memory});`,
    ...copied,
    ...written,
    "        }",
    "        hidden += layer->units;",
    ...(isLstm ? ["        cells += layer->units;"] : []),
    "    }",
    "}",
  ].join("\n");
}
