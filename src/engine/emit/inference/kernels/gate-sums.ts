/** Sums of gates in C: see `program/operations/recurrent.ts`. */
import type { CodeType } from "../../../program/program";
import { NOT_INLINED } from "./convolution-window";
import { runKernel, variantName, type SumVariant } from "./decoded-sums";
import { kernel, type Kernel } from "./kernel";
import { clampCode } from "./requantization";
import { requantizationCall } from "./wide-requantization";

/** Gates of a unit whose weights are read together. */
export type GateCount = 3 | 4;

/** How the sums of gates are computed: row by row, or those of a unit together, which takes plain bytes. */
export type GateVariant =
  | { readonly kind: "rows"; readonly sums: SumVariant }
  | { readonly kind: "together"; readonly gates: GateCount; readonly input: CodeType };

/** Part of the names of functions. */
export function gateVariantName(variant: GateVariant): string {
  return variant.kind === "rows" ? variantName(variant.sums) : `gates${variant.gates}_s${variant.input.slice(3)}`;
}

/** The structure that describes the weights. */
export function gateStructure(variant: GateVariant): string {
  return variant.kind === "rows" ? `sums_${variantName(variant.sums)}` : "gates";
}

/**
 * `sum_gate_<variant>(layer, row, input)` gives the sum of one row; `sum_<variant>(layer, unit, input, sums)` those of all
 * gates of a unit.
 * @param requantize the program's kernel of that name
 */
export function gateSumKernel(variant: GateVariant, requantize: Kernel): Kernel {
  return variant.kind === "rows" ? rowKernel(variant.sums, requantize) : togetherKernel(variant, requantize);
}

/** Members of the structure behind those of the weights. */
const ROW_MEMBERS = ["inputs", "input_offset", "activation_min", "activation_max"];

function rowKernel(variant: SumVariant, requantize: Kernel): Kernel {
  const name = variantName(variant);
  const { kernels, multiplies, clamp, expression } = requantizationCall(variant.requantization, requantize);
  const wide = variant.sumBits === 64 ? "(int64_t)" : "";
  const bias = variant.shiftedBias
    ? `(${wide}layer->bias[channel] * ((int64_t)1 << layer->bias_shifts[channel]))`
    : "layer->bias[channel]";
  return kernel(
    [`sum_gate_${name}`],
    [...kernels, runKernel(variant, multiplies, "[directions][gates][units][inputs]", ROW_MEMBERS)],
    `
/* One gate of one unit, in steps of 2^-16. */
static int32_t sum_gate_${name}(const IN_FLASH struct sums_${name} *layer, int32_t channel, const ${variant.input}_t *input)
{
    const int${variant.sumBits}_t sum = ${bias} +
        add_run_${name}(layer, channel, 0, input, layer->inputs);

    return ${clamp}(${expression},
        layer->activation_min, layer->activation_max);
}
`,
  );
}

const gatesStruct = kernel(
  ["gates"],
  [],
  `
/* Weights are integers of 8 bits. [directions][units][inputs][gates]; all else is [directions][units][gates]. */
struct gates {
    const IN_FLASH int8_t *weights;
    const IN_FLASH int32_t *bias;
    const IN_FLASH int32_t *multipliers;
    const IN_FLASH uint8_t *shifts;
    int32_t inputs;
    int32_t activation_min;
    int32_t activation_max;
};
`,
);

function togetherKernel(variant: GateVariant & { readonly kind: "together" }, requantize: Kernel): Kernel {
  const { gates, input } = variant;
  const name = gateVariantName(variant);
  const each = (line: (gate: number) => string) => Array.from({ length: gates }, (_, gate) => line(gate)).join("\n");
  return kernel(
    [`sum_${name}`, `add_${name}`],
    [gatesStruct, clampCode, requantize],
    `
/* Adds the products of inputs and the weights of a unit's gates to their sums. */
${NOT_INLINED}
static void add_${name}(const ${input}_t *input, const IN_FLASH int8_t *weights, int32_t inputs, int32_t *sums)
{
    const ${input}_t *end = &input[inputs];
${each((gate) => `    int32_t sum${gate} = sums[${gate}];`)}

    while (input < end) {
        const int32_t value = *input;

${each((gate) => `        sum${gate} += value * weights[${gate}];`)}
        input++;
        weights += ${gates};
    }
${each((gate) => `    sums[${gate}] = sum${gate};`)}
}

/* The gates of one unit, in steps of 2^-16. */
static void sum_${name}(const IN_FLASH struct gates *layer, int32_t unit, const ${input}_t *input, int32_t *sums)
{
    const int32_t first = ${gates} * unit;
    int32_t gate;

    for (gate = 0; gate < ${gates}; gate++) {
        sums[gate] = layer->bias[first + gate];
    }
    add_${name}(input, &layer->weights[first * layer->inputs], layer->inputs, sums);
    for (gate = 0; gate < ${gates}; gate++) {
        const int32_t scaled =
            requantize(sums[gate], layer->multipliers[first + gate], layer->shifts[first + gate]);

        sums[gate] = clamp_code(scaled, layer->activation_min, layer->activation_max);
    }
}
`,
  );
}
