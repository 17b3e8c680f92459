/** LSTM and GRU in C: see `program/operations/recurrent.ts` for what they compute. */
import type { InitialState } from "../../../program/operations/recurrent";
import type { CodeType } from "../../../program/program";
import { brokenList } from "../c-calls";
import { recurrentStep, STEP_GATES, stepName, type StepVariant } from "./recurrent-step";
import { gateStructure } from "./gate-sums";
import { kernel, type Kernel } from "./kernel";
import { clampWide } from "./wide-requantization";

type Beginning = InitialState<never>["kind"];

export interface RecurrentVariant extends StepVariant {
  readonly hidden: Beginning;
  /** Of LSTM. */
  readonly cells: Beginning;
  /** Codes of the sequence of states; null where only the last states are read. */
  readonly sequence: CodeType | null;
}

/** The function that runs a layer. */
export function runName(variant: RecurrentVariant): string {
  const { cell, hidden, cells, sequence } = variant;
  const states = cell === "lstm" ? [hidden, cells] : [hidden];
  const begins = states.every((kind) => kind === "zero") ? [] : ["from", ...states];
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
  const codes = variant.sequence === null ? [] : [stateCodes, clampWide];
  return kernel(
    [runName(variant)],
    [recurrentStruct, ...codes, recurrentStep(variant, requantize)],
    runText(variant, variant.cell === "lstm", variant.cell === "gru-reset-before"),
  );
}

/** Types of what states begin with. */
const BEGIN_QUALIFIERS = { constant: "const IN_FLASH", tensor: "const" } as const;

/** @param inPlace whether a step changes the hidden states where they are */
function runText(variant: RecurrentVariant, isLstm: boolean, inPlace: boolean): string {
  const { inputSums, stateSums, input, sequence } = variant;
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
    `const IN_FLASH struct ${gateStructure(inputSums)} *input_sums`,
    `const IN_FLASH struct ${gateStructure(stateSums)} *state_sums`,
    ...(sequence === null ? [] : ["const IN_FLASH struct state_codes *codes"]),
    `const ${input}_t *input`,
    ...hidden.parameter,
    ...(isLstm ? cells.parameter : []),
    ...(sequence === null ? [] : [`${sequence}_t *output`]),
    "int16_t *hidden",
    ...(isLstm ? ["int32_t *cells"] : []),
    inPlace ? "int16_t *scratch" : "int16_t *next",
  ];
  const stepArguments = [
    "input_sums",
    "state_sums",
    "layer->units",
    "first",
    "&input[position * layer->inputs]",
    "hidden",
    ...(isLstm ? ["cells"] : []),
    inPlace ? "scratch" : "next",
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
    `/* ${STEP_GATES[variant.cell]} The states after the last step remain. */`,
    `static void ${runName(variant)}(${parameters.join(", ")})`,
    "{",
    "    int32_t direction;",
    "    int32_t step;",
    "    int32_t unit;",
    "",
    "    for (direction = 0; direction < layer->directions; direction++) {",
    "        const int32_t first = direction * layer->units;",
    "        const bool reversed = direction >= layer->first_reversed;",
    "",
    "        for (unit = 0; unit < layer->units; unit++) {",
    `            hidden[unit] = ${hidden.value};`,
    ...(isLstm ? [`            cells[unit] = ${cells.value};`] : []),
    "        }",
    "        for (step = 0; step < layer->steps; step++) {",
    "            const int32_t position = reversed ? (layer->steps - 1 - step) : step;",
    "",
    ...brokenList(`            ${stepName(variant)}(`, stepArguments, ");"),
    ...(inPlace
      ? []
      : [
          "            for (unit = 0; unit < layer->units; unit++) {",
          "                hidden[unit] = next[unit];",
          "            }",
        ]),
    ...written,
    "        }",
    "        hidden += layer->units;",
    ...(isLstm ? ["        cells += layer->units;"] : []),
    "    }",
    "}",
  ].join("\n");
}
