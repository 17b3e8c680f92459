/**
 * Convolutions of any width in C: weights decoded in the inner loop, codes of 8 or 16 bits, sums of 32 or 64. One channel of
 * one pixel at a time; see `program/operations/convolution.ts` for what they compute.
 */
import type { CodeType } from "../../../program/program";
import { kernel, type Kernel } from "./kernel";
import { LOOP_OVER_WINDOWS, tapsInside } from "./taps";
import type { WeightDecoding } from "./weight-decoding";
import { requantizationCall, type RequantizationCall, type SumRequantization } from "./wide-requantization";

export interface SumVariant {
  readonly decoding: WeightDecoding;
  readonly input: CodeType;
  readonly output: CodeType;
  /** Of a whole sum, and of the part of it that shares the scale of a block. */
  readonly sumBits: 32 | 64;
  readonly partBits: 32 | 64;
  /** Scales of blocks as mantissa and shift, or as shifts alone. */
  readonly blocks: "scaled" | "shifted" | null;
  readonly shiftedBias: boolean;
  readonly requantization: SumRequantization;
  readonly transposed: boolean;
}

/** Part of the names of a variant's structure and functions. */
export function variantName(variant: SumVariant): string {
  const { decoding, input, output, sumBits, partBits, blocks, shiftedBias, requantization, transposed } = variant;
  return [
    decoding.name,
    ...(blocks === null ? [] : [blocks === "scaled" ? "blocks" : "shift_blocks", ...(partBits === 64 ? ["long"] : [])]),
    ...(input === "int8" && output === "int8" ? [] : [`s${input.slice(3)}_s${output.slice(3)}`]),
    ...(sumBits === 64 ? ["sum64"] : []),
    ...(shiftedBias ? ["bias"] : []),
    ...(requantization === "by-channel" ? [] : [requantization.replace("-", "_")]),
    ...(transposed ? ["transposed"] : []),
  ].join("_");
}

export function decodedSumKernel(variant: SumVariant, requantize: Kernel): Kernel {
  const name = variantName(variant);
  const call = requantizationCall(variant.requantization, requantize);
  const order = "[output channels][kernel height][kernel width][inputs of a group]";
  return kernel(
    [`convolve_${name}`],
    [tapsInside, ...call.kernels, runKernel(variant, call.multiplies, order, SHAPE_MEMBERS)],
    convolve(name, variant, call),
  );
}

/**
 * The structure of sums, and the function that adds a run of products.
 * @param order of the weights
 * @param shape members behind those of the weights
 */
export function runKernel(variant: SumVariant, multiplies: boolean, order: string, shape: readonly string[]): Kernel {
  const name = variantName(variant);
  return kernel(
    [`sums_${name}`, `add_run_${name}`, ...(variant.blocks === null ? [] : [`add_part_${name}`])],
    [],
    [structure(name, variant, multiplies, order, shape), runs(name, variant)].join("\n\n"),
  );
}

/** Members that are arrays of the layer, in order, then those of numbers, then those of the shape. */
function structure(
  name: string,
  { decoding, blocks, shiftedBias }: SumVariant,
  multiplies: boolean,
  order: string,
  shape: readonly string[],
): string {
  const members = [
    `const IN_FLASH ${decoding.type} *weights;`,
    ...decoding.members.filter((member) => member.includes("*")),
    ...(blocks === null ? [] : [`const IN_FLASH ${blocks === "scaled" ? "uint16_t" : "uint8_t"} *block_scales;`]),
    "const IN_FLASH int32_t *bias;",
    ...(shiftedBias ? ["const IN_FLASH uint8_t *bias_shifts;"] : []),
    ...(multiplies ? ["const IN_FLASH int32_t *multipliers;"] : []),
    "const IN_FLASH uint8_t *shifts;",
    ...decoding.members.filter((member) => !member.includes("*")),
    ...(decoding.bits === null ? ["int32_t channel_weights;"] : ["int32_t channel_bytes;"]),
    ...(blocks === null ? [] : ["int32_t block_size;", "int32_t channel_blocks;"]),
    ...shape.map((member) => `int32_t ${member};`),
  ];
  return `
/*
 * ${decoding.comment}
 * ${order}
 */
struct sums_${name} {
${members.map((member) => `    ${member}`).join("\n")}
};`.slice(1);
}

/** In the order of the layer's members. */
const SHAPE_MEMBERS = [
  "input_height",
  "input_width",
  "input_channels",
  "output_height",
  "output_width",
  "output_channels",
  "groups",
  "kernel_height",
  "kernel_width",
  "stride_height",
  "stride_width",
  "dilation_height",
  "dilation_width",
  "pad_top",
  "pad_left",
  "input_offset",
  "output_offset",
  "activation_min",
  "activation_max",
];

/** Products of neighbouring inputs and weights, with the scales of blocks where there are any. */
function runs(name: string, variant: SumVariant): string {
  const { input, sumBits, partBits, blocks } = variant;
  const parameters = `const IN_FLASH struct sums_${name} *layer, int32_t channel, int32_t position, const ${input}_t *input, int32_t count`;
  const part = (function_: string, bits: number) =>
    `
/* Sum of count products, from a position within the channel on. */
static inline int${bits}_t ${function_}(${parameters})
{
${partBody(variant, bits)}
}`.slice(1);
  if (blocks === null) return part(`add_run_${name}`, sumBits);
  const scaleType = blocks === "scaled" ? "uint16_t" : "uint8_t";
  const scale =
    blocks === "scaled"
      ? `((int${sumBits}_t)(scale & 0x7FFu) * ((int${sumBits}_t)1 << (scale >> 11)))`
      : `((int${sumBits}_t)1 << scale)`;
  return `${part(`add_part_${name}`, partBits)}

/* The same with every block times its scale. */
static int${sumBits}_t add_run_${name}(${parameters})
{
    const IN_FLASH ${scaleType} *scales = &layer->block_scales[channel * layer->channel_blocks];
    int${sumBits}_t sum = 0;

    while (count > 0) {
        const int32_t block = position / layer->block_size;
        const int32_t left = ((block + 1) * layer->block_size) - position;
        const int32_t length = (left < count) ? left : count;
        const uint32_t scale = scales[block];

        sum += ${sumBits === partBits ? "" : `(int${sumBits}_t)`}add_part_${name}(layer, channel, position, input, length) *
               ${scale};
        position += length;
        input += length;
        count -= length;
    }
    return sum;
}`;
}

function partBody({ decoding }: SumVariant, bits: number): string {
  const setup = decoding.setup.map((line) => `    ${line}`);
  const value = "        const int32_t value = *input + layer->input_offset;";
  const step = decoding.step.map((line) => (line === "" ? "" : `        ${line}`));
  if (decoding.bits === null) {
    return [
      ...setup,
      `    const IN_FLASH ${decoding.type} *weights = &layer->weights[(channel * layer->channel_weights) + position];`,
      `    int${bits}_t sum = 0;`,
      "",
      "    while (count > 0) {",
      value,
      "",
      ...step,
      "        input++;",
      "        weights++;",
      "        count--;",
      "    }",
      "    return sum;",
    ].join("\n");
  }
  const refill = decoding.bits > 8 ? "while" : "if";
  return [
    ...setup,
    `    const uint32_t bit = (uint32_t)position * ${decoding.bits}u;`,
    "    const IN_FLASH uint8_t *codes = &layer->weights[(uint32_t)(channel * layer->channel_bytes) + (bit >> 3)];",
    "    uint32_t pending = (uint32_t)*codes >> (bit & 7u);",
    "    uint32_t available = 8u - (bit & 7u);",
    `    int${bits}_t sum = 0;`,
    "",
    "    while (count > 0) {",
    value,
    "",
    `        ${refill} (available < ${decoding.bits}u) {`,
    "            codes++;",
    "            pending |= (uint32_t)*codes << available;",
    "            available += 8u;",
    "        }",
    "",
    `        const uint32_t pattern = pending & ${2 ** decoding.bits - 1}u;`,
    "",
    `        pending >>= ${decoding.bits};`,
    `        available -= ${decoding.bits}u;`,
    ...step,
    "        input++;",
    "        count--;",
    "    }",
    "    return sum;",
  ].join("\n");
}

function convolve(name: string, variant: SumVariant, { expression, clamp }: RequantizationCall): string {
  const { input, output, sumBits, shiftedBias } = variant;
  const wide = sumBits === 64 ? "(int64_t)" : "";
  const bias = shiftedBias
    ? `${wide}layer->bias[channel] * ((int64_t)1 << layer->bias_shifts[channel])`
    : "layer->bias[channel]";
  const begin = `
static void convolve_${name}(const IN_FLASH struct sums_${name} *layer, const ${input}_t *input, ${output}_t *output)
{
    const int32_t group_inputs = layer->input_channels / layer->groups;
    const int32_t group_outputs = layer->output_channels / layer->groups;
    int32_t y;
    int32_t x;
    int32_t channel;
    int32_t ky;
    int32_t kx;
`.slice(1);
  const declared = `
            for (channel = 0; channel < layer->output_channels; channel++) {
                const int32_t first = (channel / group_outputs) * group_inputs;
                int${sumBits}_t sum = ${bias};
`.slice(1);
  const end = `
                *output = (${output}_t)${clamp}(layer->output_offset +
                    ${expression},
                    layer->activation_min, layer->activation_max);
                output++;
            }
        }
    }
}`.slice(1);
  if (variant.transposed) {
    return `${begin}
    for (y = 0; y < layer->output_height; y++) {
        for (x = 0; x < layer->output_width; x++) {
${declared}
                for (ky = 0; ky < layer->kernel_height; ky++) {
                    const int32_t row = y + layer->pad_top - (ky * layer->dilation_height);
                    const int32_t input_row = row / layer->stride_height;
                    const bool row_inside =
                        (row >= 0) && ((row % layer->stride_height) == 0) && (input_row < layer->input_height);

                    for (kx = 0; kx < layer->kernel_width; kx++) {
                        const int32_t column = x + layer->pad_left - (kx * layer->dilation_width);
                        const int32_t input_column = column / layer->stride_width;

                        if (row_inside && (column >= 0) && ((column % layer->stride_width) == 0) &&
                            (input_column < layer->input_width)) {
                            const int32_t pixel = (input_row * layer->input_width) + input_column;
                            const int32_t tap = (ky * layer->kernel_width) + kx;

                            sum += add_run_${name}(layer, channel, tap * group_inputs,
                                &input[(pixel * layer->input_channels) + first], group_inputs);
                        }
                    }
                }
${end}`;
  }
  return `${begin}    const bool whole_rows = (layer->dilation_width == 1) && (layer->groups == 1);

${LOOP_OVER_WINDOWS}
            const int32_t step = whole_rows ? (columns.end - columns.first) : 1;

${declared}
                for (ky = rows.first; ky < rows.end; ky++) {
                    const int32_t row = (top + (ky * layer->dilation_height)) * layer->input_width;

                    for (kx = columns.first; kx < columns.end; kx += step) {
                        const int32_t pixel = row + left + (kx * layer->dilation_width);
                        const int32_t tap = (ky * layer->kernel_width) + kx;

                        sum += add_run_${name}(layer, channel, tap * group_inputs,
                            &input[(pixel * layer->input_channels) + first], step * group_inputs);
                    }
                }
${end}`;
}
