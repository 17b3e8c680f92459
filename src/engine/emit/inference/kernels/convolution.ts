/** Convolutions in C: see `program/operations/convolution.ts` for what they compute. */
import { kernel, type Kernel } from "./kernel";
import { clampCode } from "./requantization";

export const tapsInside = kernel(
  ["taps", "taps_inside"],
  [],
  `
/* The part of a window that lies inside the input: indices into the kernel, from first to before end. */
struct taps {
    int32_t first;
    int32_t end;
};

/* origin is where the first tap would be; size counts the input's positions. */
static struct taps taps_inside(int32_t origin, int32_t dilation, int32_t kernel, int32_t size)
{
    struct taps inside = {0, kernel};

    while ((inside.first < kernel) && ((origin + (inside.first * dilation)) < 0)) {
        inside.first++;
    }
    while ((inside.end > inside.first) && ((origin + ((inside.end - 1) * dilation)) >= size)) {
        inside.end--;
    }
    return inside;
}
`,
);

export const convolutionStruct = kernel(
  ["convolution"],
  [],
  `
struct convolution {
    const int8_t *weights;
    const int32_t *bias;
    const int32_t *multipliers;
    const uint8_t *shifts;
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t output_height;
    int32_t output_width;
    int32_t output_channels;
    int32_t groups;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t input_offset;
    int32_t output_offset;
    int32_t activation_min;
    int32_t activation_max;
};
`,
);

const sumsStruct = kernel(
  ["sums"],
  [],
  `
/* Sums of four output channels. */
struct sums {
    int32_t first;
    int32_t second;
    int32_t third;
    int32_t fourth;
};
`,
);

const accumulateBytes = kernel(
  ["accumulate_bytes"],
  [sumsStruct],
  `
/* Four sums over count inputs; the weights of one input stand side by side. */
static inline void accumulate_bytes(const int8_t *input, const int8_t *weights, int32_t count,
                                    int32_t offset, struct sums *sums)
{
    int32_t sum0 = sums->first;
    int32_t sum1 = sums->second;
    int32_t sum2 = sums->third;
    int32_t sum3 = sums->fourth;

    while (count > 0) {
        const int32_t value = *input + offset;

        sum0 += value * weights[0];
        sum1 += value * weights[1];
        sum2 += value * weights[2];
        sum3 += value * weights[3];
        input++;
        weights += 4;
        count--;
    }
    sums->first = sum0;
    sums->second = sum1;
    sums->third = sum2;
    sums->fourth = sum3;
}
`,
);

const wordIntrinsics = kernel(
  ["load_word", "rotate_byte"],
  [],
  `
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
static inline uint32_t load_word(const int8_t *bytes)
{
    uint32_t word;

    __builtin_memcpy(&word, bytes, sizeof(word));
    return word;
}

static inline uint32_t rotate_byte(uint32_t word)
{
    return (word >> 8) | (word << 24);
}
#endif
`,
);

/** Where the weight of a channel (0 to 3) and an input (0 to 3) stands in a block of 16. */
export function wordPosition(channel: number, input: number): number {
  return (channel >> 1) * 8 + (input & 1) * 4 + (input >> 1) * 2 + (channel & 1);
}

/**
 * As accumulate_bytes, four inputs at a time. With DSP instructions two channels share a 16-bit half of a word: the sum of
 * products with whole halves, the lower byte raised by 128 to be without sign, is 256 times one channel's sum plus the other's
 * plus 128 times the sum of the inputs. The latter two are summed apart; taking them off modulo 2^32 leaves 24 bits, which
 * hold the sum of 256 products of at most 255 and 128.
 */
function accumulateWords(offset: boolean): Kernel {
  const name = offset ? "accumulate_words_offset" : "accumulate_words";
  const plus = offset ? " + offset" : "";
  const parameters = offset
    ? "int32_t count,\n    int32_t offset, struct sums *sums"
    : "int32_t count,\n    struct sums *sums";
  const extend = (word: string) =>
    offset ? `__sxtab16((int16x2_t)offsets, (int8x4_t)${word})` : `__sxtb16((int8x4_t)${word})`;
  const step = (input: number) =>
    [
      `        value = input[${input}]${plus};`,
      ...[0, 1, 2, 3].map((channel) => `        sum${channel} += value * weights[${wordPosition(channel, input)}];`),
    ].join("\n");
  return kernel(
    [name],
    [sumsStruct, wordIntrinsics],
    `
/* Four sums over count inputs, a multiple of 4; the weights of four inputs stand side by side. */
static inline void ${name}(const int8_t *input, const int8_t *weights, ${parameters})
{
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    /* Two channels share a half word: summed together, with 128 added to the lower one; then the lower one apart. */
    const uint32_t raised = 0x00800080u;
    const int16x2_t ones = (int16x2_t)0x00010001u;${
      offset ? "\n    const uint32_t offsets = ((uint32_t)offset & 0xFFFFu) | ((uint32_t)offset << 16);" : ""
    }

    while (count > 0) {
        const int8_t *end = &input[(count > 256) ? 256 : count];
        int32_t both01 = 0;
        int32_t both23 = 0;
        int32_t sum0 = 0;
        int32_t sum2 = 0;
        int32_t inputs = 0;

        count -= 256;
        while (input < end) {
            const uint32_t word = load_word(input);
            const int16x2_t even = ${extend("word")};
            const int16x2_t odd = ${extend("rotate_byte(word)")};
            uint32_t pair = load_word(&weights[0]);

            inputs = __smlad(even, ones, __smlad(odd, ones, inputs));
            both01 = __smlad(even, (int16x2_t)(pair ^ raised), both01);
            sum0 = __smlad(even, __sxtb16((int8x4_t)pair), sum0);
            pair = load_word(&weights[4]);
            both01 = __smlad(odd, (int16x2_t)(pair ^ raised), both01);
            sum0 = __smlad(odd, __sxtb16((int8x4_t)pair), sum0);
            pair = load_word(&weights[8]);
            both23 = __smlad(even, (int16x2_t)(pair ^ raised), both23);
            sum2 = __smlad(even, __sxtb16((int8x4_t)pair), sum2);
            pair = load_word(&weights[12]);
            both23 = __smlad(odd, (int16x2_t)(pair ^ raised), both23);
            sum2 = __smlad(odd, __sxtb16((int8x4_t)pair), sum2);
            input += 4;
            weights += 16;
        }
        sums->first += sum0;
        sums->second += (int32_t)((uint32_t)both01 - (uint32_t)sum0 - ((uint32_t)inputs << 7)) >> 8;
        sums->third += sum2;
        sums->fourth += (int32_t)((uint32_t)both23 - (uint32_t)sum2 - ((uint32_t)inputs << 7)) >> 8;
    }
#else
    int32_t sum0 = sums->first;
    int32_t sum1 = sums->second;
    int32_t sum2 = sums->third;
    int32_t sum3 = sums->fourth;

    while (count > 0) {
        int32_t value;

${[0, 1, 2, 3].map(step).join("\n")}
        input += 4;
        weights += 16;
        count -= 4;
    }
    sums->first = sum0;
    sums->second = sum1;
    sums->third = sum2;
    sums->fourth = sum3;
#endif
}
`,
  );
}

const storeCode = (requantize: Kernel): Kernel =>
  kernel(
    ["store_code"],
    [convolutionStruct, clampCode, requantize],
    `
static inline void store_code(const struct convolution *layer, int32_t channel, int32_t sum, int8_t *output)
{
    const int32_t scaled = requantize(sum, layer->multipliers[channel], layer->shifts[channel]);

    *output = (int8_t)clamp_code(layer->output_offset + scaled, layer->activation_min, layer->activation_max);
}
`,
  );

const storeCodes = (requantize: Kernel): Kernel =>
  kernel(
    ["store_codes"],
    [sumsStruct, storeCode(requantize)],
    `
/* The codes of up to four channels, as many as are present. */
static void store_codes(const struct convolution *layer, int32_t channel, int32_t present, const struct sums *sums,
                        int8_t *output)
{
    store_code(layer, channel, sums->first, &output[0]);
    if (present > 1) {
        store_code(layer, channel + 1, sums->second, &output[1]);
    }
    if (present > 2) {
        store_code(layer, channel + 2, sums->third, &output[2]);
    }
    if (present > 3) {
        store_code(layer, channel + 3, sums->fourth, &output[3]);
    }
}
`,
  );

const filters = kernel(
  ["filter_four", "filter_one"],
  [convolutionStruct, sumsStruct],
  `
/* Adds the taps of four channels that stand side by side. */
static inline void filter_four(const struct convolution *layer, const int8_t *input, const int8_t *weights, int32_t rows,
                               int32_t columns, struct sums *sums)
{
    const int32_t channels = layer->input_channels;
    const int32_t offset = layer->input_offset;
    const int32_t column_step = layer->dilation_width * channels;
    const int32_t row_step = (layer->dilation_height * layer->input_width * channels) - (columns * column_step);
    const int32_t filter_step = (layer->kernel_width - columns) * channels;
    int32_t sum0 = sums->first;
    int32_t sum1 = sums->second;
    int32_t sum2 = sums->third;
    int32_t sum3 = sums->fourth;

    for (; rows > 0; rows--) {
        int32_t left;

        for (left = columns; left > 0; left--) {
            sum0 += (input[0] + offset) * weights[0];
            sum1 += (input[1] + offset) * weights[1];
            sum2 += (input[2] + offset) * weights[2];
            sum3 += (input[3] + offset) * weights[3];
            input += column_step;
            weights += channels;
        }
        input += row_step;
        weights += filter_step;
    }
    sums->first = sum0;
    sums->second = sum1;
    sums->third = sum2;
    sums->fourth = sum3;
}

/* The sum over the taps of one channel. */
static int32_t filter_one(const struct convolution *layer, const int8_t *input, const int8_t *weights, int32_t rows,
                          int32_t columns)
{
    const int32_t row_step = layer->dilation_height * layer->input_width * layer->input_channels;
    int32_t sum = 0;
    int32_t row;
    int32_t column;

    for (row = 0; row < rows; row++) {
        for (column = 0; column < columns; column++) {
            const int32_t tap = ((row * layer->kernel_width) + column) * layer->input_channels;
            const int32_t at = (row * row_step) + (column * layer->dilation_width * layer->input_channels);

            sum += (input[at] + layer->input_offset) * weights[tap];
        }
    }
    return sum;
}
`,
);

/**
 * Any convolution, four output channels at a time.
 */
function blockedConvolution(variant: BlockedKernel, requantize: Kernel): Kernel {
  const words = variant !== "bytes";
  const offset = variant !== "words";
  const accumulate = words ? accumulateWords(offset) : accumulateBytes;
  const order = words ? "[inputs / 4][16]" : "[inputs][4 channels]";
  return kernel(
    [`convolve_${variant}`],
    [convolutionStruct, tapsInside, accumulate, storeCodes(requantize)],
    `
/*
 * Weights: [groups][blocks of 4 channels][kernel height][kernel width]${order}, the last block of
 * a group filled up with zeros, and likewise bias, multipliers and shifts.
 */
static void convolve_${variant}(const struct convolution *layer, const int8_t *input, int8_t *output)
{
    const int32_t group_inputs = layer->input_channels / layer->groups;
    const int32_t group_outputs = layer->output_channels / layer->groups;
    const bool whole_rows = (layer->dilation_width == 1) && (layer->groups == 1);
    int32_t y;
    int32_t x;
    int32_t group;
    int32_t output_channel;
    int32_t ky;
    int32_t kx;

    for (y = 0; y < layer->output_height; y++) {
        const int32_t top = (y * layer->stride_height) - layer->pad_top;
        const struct taps rows = taps_inside(top, layer->dilation_height, layer->kernel_height, layer->input_height);

        for (x = 0; x < layer->output_width; x++) {
            const int32_t left = (x * layer->stride_width) - layer->pad_left;
            const struct taps columns =
                taps_inside(left, layer->dilation_width, layer->kernel_width, layer->input_width);
            const int8_t *weights = layer->weights;
            int32_t channel = 0;

            for (group = 0; group < layer->groups; group++) {
                for (output_channel = 0; output_channel < group_outputs; output_channel += 4) {
                    const int32_t present = group_outputs - output_channel;
                    struct sums sums;

                    sums.first = layer->bias[channel];
                    sums.second = layer->bias[channel + 1];
                    sums.third = layer->bias[channel + 2];
                    sums.fourth = layer->bias[channel + 3];
                    for (ky = rows.first; ky < rows.end; ky++) {
                        const int32_t row = (top + (ky * layer->dilation_height)) * layer->input_width;
                        const int32_t step = whole_rows ? (columns.end - columns.first) : 1;

                        for (kx = columns.first; kx < columns.end; kx += step) {
                            const int32_t pixel = row + left + (kx * layer->dilation_width);
                            const int32_t tap = (ky * layer->kernel_width) + kx;

                            ${accumulate.names[0]}(&input[(pixel * layer->input_channels) + (group * group_inputs)],
                                             &weights[tap * group_inputs * 4], step * group_inputs,
                                             ${offset ? "layer->input_offset, " : ""}&sums);
                        }
                    }
                    store_codes(layer, channel, present, &sums, output);
                    output += (present < 4) ? present : 4;
                    channel += 4;
                    weights += layer->kernel_height * layer->kernel_width * group_inputs * 4;
                }
            }
        }
    }
}
`,
  );
}

/** Convolution of every channel with a filter of its own. */
function depthwiseConvolution(requantize: Kernel): Kernel {
  return kernel(
    ["convolve_depthwise"],
    [convolutionStruct, tapsInside, filters, storeCodes(requantize)],
    `
/* Every channel with a filter of its own. Weights: [kernel height][kernel width][channels]. */
static void convolve_depthwise(const struct convolution *layer, const int8_t *input, int8_t *output)
{
    const int32_t channels = layer->input_channels;
    int32_t y;
    int32_t x;

    for (y = 0; y < layer->output_height; y++) {
        const int32_t top = (y * layer->stride_height) - layer->pad_top;
        const struct taps rows = taps_inside(top, layer->dilation_height, layer->kernel_height, layer->input_height);

        for (x = 0; x < layer->output_width; x++) {
            const int32_t left = (x * layer->stride_width) - layer->pad_left;
            const struct taps columns =
                taps_inside(left, layer->dilation_width, layer->kernel_width, layer->input_width);
            const int32_t row_inside = top + (rows.first * layer->dilation_height);
            const int32_t column_inside = left + (columns.first * layer->dilation_width);
            const int8_t *corner = &input[((row_inside * layer->input_width) + column_inside) * channels];
            const int8_t *filter = &layer->weights[((rows.first * layer->kernel_width) + columns.first) * channels];
            int32_t channel;

            for (channel = 0; channel < channels; channel += 4) {
                const int32_t present = channels - channel;
                struct sums sums;

                sums.first = layer->bias[channel];
                sums.second = (present > 1) ? layer->bias[channel + 1] : 0;
                sums.third = (present > 2) ? layer->bias[channel + 2] : 0;
                sums.fourth = (present > 3) ? layer->bias[channel + 3] : 0;
                if (present > 3) {
                    filter_four(layer, &corner[channel], &filter[channel], rows.end - rows.first,
                                columns.end - columns.first, &sums);
                } else {
                    sums.first += filter_one(layer, &corner[channel], &filter[channel], rows.end - rows.first,
                                             columns.end - columns.first);
                    if (present > 1) {
                        sums.second += filter_one(layer, &corner[channel + 1], &filter[channel + 1],
                                                  rows.end - rows.first, columns.end - columns.first);
                    }
                    if (present > 2) {
                        sums.third += filter_one(layer, &corner[channel + 2], &filter[channel + 2],
                                                 rows.end - rows.first, columns.end - columns.first);
                    }
                }
                store_codes(layer, channel, present, &sums, output);
                output += (present < 4) ? present : 4;
            }
        }
    }
}
`,
  );
}

export function transposedConvolutionKernel(requantize: Kernel): Kernel {
  return kernel(
    ["convolve_transposed"],
    [convolutionStruct, storeCode(requantize)],
    `
/* Weights: [output channels][kernel height][kernel width][inputs of a group]. */
static void convolve_transposed(const struct convolution *layer, const int8_t *input, int8_t *output)
{
    const int32_t group_inputs = layer->input_channels / layer->groups;
    const int32_t group_outputs = layer->output_channels / layer->groups;
    int32_t y;
    int32_t x;
    int32_t channel;
    int32_t ky;
    int32_t kx;
    int32_t i;

    for (y = 0; y < layer->output_height; y++) {
        for (x = 0; x < layer->output_width; x++) {
            const int8_t *weights = layer->weights;

            for (channel = 0; channel < layer->output_channels; channel++) {
                const int32_t group_start = (channel / group_outputs) * group_inputs;
                int32_t sum = layer->bias[channel];

                for (ky = 0; ky < layer->kernel_height; ky++) {
                    const int32_t row = y + layer->pad_top - (ky * layer->dilation_height);
                    const int32_t input_row = row / layer->stride_height;
                    const bool row_inside = (row >= 0) && ((row % layer->stride_height) == 0) && (input_row < layer->input_height);

                    for (kx = 0; kx < layer->kernel_width; kx++) {
                        const int32_t column = x + layer->pad_left - (kx * layer->dilation_width);
                        const int32_t input_column = column / layer->stride_width;

                        if (row_inside && (column >= 0) && ((column % layer->stride_width) == 0) &&
                            (input_column < layer->input_width)) {
                            const int32_t pixel = (input_row * layer->input_width) + input_column;
                            const int8_t *from = &input[(pixel * layer->input_channels) + group_start];

                            for (i = 0; i < group_inputs; i++) {
                                sum += (from[i] + layer->input_offset) * weights[i];
                            }
                        }
                        weights += group_inputs;
                    }
                }
                store_code(layer, channel, sum, output);
                output++;
            }
        }
    }
}
`,
  );
}

/** words: rows of taps are multiples of four inputs; words_offset: and the input's offset is not part of the bias. */
type BlockedKernel = "words" | "words_offset" | "bytes";
export type ConvolutionKernel = BlockedKernel | "depthwise";

export function convolutionKernel(variant: ConvolutionKernel, requantize: Kernel): Kernel {
  return variant === "depthwise" ? depthwiseConvolution(requantize) : blockedConvolution(variant, requantize);
}
