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

/** As accumulate_bytes, four inputs at a time. */
const accumulateWords = kernel(
  ["accumulate_words"],
  [sumsStruct],
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

/* Four products: inputs 0 and 2 in even, 1 and 3 in odd. */
static inline int32_t multiply_word(const int8_t *weights, uint32_t even, uint32_t odd, int32_t sum)
{
    const uint32_t word = load_word(weights);

    sum = __smlad((int16x2_t)even, __sxtb16((int8x4_t)word), sum);
    return __smlad((int16x2_t)odd, __sxtb16((int8x4_t)rotate_byte(word)), sum);
}
#endif

/* Four sums over count inputs, a multiple of 4; four weights of one sum stand side by side, then those of the next. */
static inline void accumulate_words(const int8_t *input, const int8_t *weights, int32_t count,
                                    int32_t offset, struct sums *sums)
{
    int32_t sum0 = sums->first;
    int32_t sum1 = sums->second;
    int32_t sum2 = sums->third;
    int32_t sum3 = sums->fourth;
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    const uint32_t offsets = ((uint32_t)offset & 0xFFFFu) | ((uint32_t)offset << 16);

    while (count > 0) {
        const uint32_t word = load_word(input);
        const uint32_t even = (uint32_t)__sxtab16((int16x2_t)offsets, (int8x4_t)word);
        const uint32_t odd = (uint32_t)__sxtab16((int16x2_t)offsets, (int8x4_t)rotate_byte(word));

        sum0 = multiply_word(&weights[0], even, odd, sum0);
        sum1 = multiply_word(&weights[4], even, odd, sum1);
        sum2 = multiply_word(&weights[8], even, odd, sum2);
        sum3 = multiply_word(&weights[12], even, odd, sum3);
        input += 4;
        weights += 16;
        count -= 4;
    }
#else
    while (count > 0) {
        int32_t value = input[0] + offset;

        sum0 += value * weights[0];
        sum1 += value * weights[4];
        sum2 += value * weights[8];
        sum3 += value * weights[12];
        value = input[1] + offset;
        sum0 += value * weights[1];
        sum1 += value * weights[5];
        sum2 += value * weights[9];
        sum3 += value * weights[13];
        value = input[2] + offset;
        sum0 += value * weights[2];
        sum1 += value * weights[6];
        sum2 += value * weights[10];
        sum3 += value * weights[14];
        value = input[3] + offset;
        sum0 += value * weights[3];
        sum1 += value * weights[7];
        sum2 += value * weights[11];
        sum3 += value * weights[15];
        input += 4;
        weights += 16;
        count -= 4;
    }
#endif
    sums->first = sum0;
    sums->second = sum1;
    sums->third = sum2;
    sums->fourth = sum3;
}
`,
);

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

/**
 * Any convolution, four output channels at a time.
 * @param inner whether rows of taps are multiples of four inputs, whose weights are then in words
 */
function blockedConvolution(inner: "bytes" | "words", requantize: Kernel): Kernel {
  const accumulate = inner === "words" ? accumulateWords : accumulateBytes;
  const order = inner === "words" ? "[inputs / 4][4 channels][4 inputs]" : "[inputs][4 channels]";
  return kernel(
    [`convolve_${inner}`],
    [convolutionStruct, tapsInside, accumulate, storeCode(requantize)],
    `
/*
 * Weights: [groups][blocks of 4 channels][kernel height][kernel width]${order}, the last block of
 * a group filled up with zeros, and likewise bias, multipliers and shifts.
 */
static void convolve_${inner}(const struct convolution *layer, const int8_t *input, int8_t *output)
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

                            accumulate_${inner}(&input[(pixel * layer->input_channels) + (group * group_inputs)],
                                             &weights[tap * group_inputs * 4], step * group_inputs,
                                             layer->input_offset, &sums);
                        }
                    }
                    store_code(layer, channel, sums.first, &output[0]);
                    if (present > 1) {
                        store_code(layer, channel + 1, sums.second, &output[1]);
                    }
                    if (present > 2) {
                        store_code(layer, channel + 2, sums.third, &output[2]);
                    }
                    if (present > 3) {
                        store_code(layer, channel + 3, sums.fourth, &output[3]);
                    }
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
    [convolutionStruct, tapsInside, storeCode(requantize)],
    `
/* Every channel with a filter of its own. Weights: [kernel height][kernel width][channels]. */
static void convolve_depthwise(const struct convolution *layer, const int8_t *input, int8_t *output)
{
    const int32_t channels = layer->input_channels;
    const int32_t offset = layer->input_offset;
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

            for (channel = 0; channel < channels; channel++) {
                const int8_t *row = &corner[channel];
                const int8_t *row_weights = &filter[channel];
                int32_t sum = layer->bias[channel];
                int32_t ky;
                int32_t kx;

                for (ky = rows.first; ky < rows.end; ky++) {
                    const int8_t *from = row;
                    const int8_t *weights = row_weights;

                    for (kx = columns.first; kx < columns.end; kx++) {
                        sum += (*from + offset) * *weights;
                        from += layer->dilation_width * channels;
                        weights += channels;
                    }
                    row += layer->dilation_height * layer->input_width * channels;
                    row_weights += layer->kernel_width * channels;
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

export type ConvolutionKernel = "words" | "bytes" | "depthwise";

export function convolutionKernel(variant: ConvolutionKernel, requantize: Kernel): Kernel {
  return variant === "depthwise" ? depthwiseConvolution(requantize) : blockedConvolution(variant, requantize);
}
