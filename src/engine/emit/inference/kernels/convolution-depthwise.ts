/** Convolutions of every channel with a filter of its own. */
import { convolutionStruct } from "./convolution-layer";
import { outputCode, storeFour } from "./convolution-output";
import { DSP_CONDITION, NOT_INLINED } from "./convolution-window";
import { loadWord } from "./convolution-words";
import { kernel, type Kernel } from "./kernel";
import { LOOP_OVER_WINDOWS, tapsInside } from "./taps";

const filterWindow = kernel(
  ["filter_window"],
  [],
  `
/* The taps of a window that are inside the input, and their weights. */
struct filter_window {
    const int8_t *input;
    const IN_FLASH int8_t *weights;
    int32_t rows;
    int32_t row_step;
    int32_t row_weights;
    /* From the first tap of a row to behind the last one. */
    int32_t columns_step;
    int32_t column_step;
    int32_t channels;
};
`,
);

/** Sums stay in registers until the codes are there. */
const filterFour = (requantize: Kernel): Kernel =>
  kernel(
    ["filter_four"],
    [filterWindow, loadWord, storeFour(requantize)],
    `
/* Four channels that follow one another. */
${NOT_INLINED}
static void filter_four(const IN_FLASH struct convolution *layer, const struct filter_window *window, int32_t channel, int8_t *output)
{
    const int8_t *tap = &window->input[channel];
    const int8_t *row_end = &tap[window->columns_step];
    const IN_FLASH int8_t *weights = &window->weights[channel];
    const IN_FLASH int32_t *bias = &layer->bias[channel];
    const int32_t column_step = window->column_step;
    const int32_t channels = window->channels;
    int32_t sums[4] = {bias[0], bias[1], bias[2], bias[3]};
    int32_t rows;
${DSP_CONDITION}
    const uint32_t offsets = ((uint32_t)layer->input_offset & 0xFFFFu) | ((uint32_t)layer->input_offset << 16);
#else
    const int32_t offset = layer->input_offset;
#endif

    for (rows = window->rows; rows > 0; rows--) {
        do {
${DSP_CONDITION}
            const uint32_t codes = load_word(tap);
            const uint32_t filter = load_word(weights);
            const int16x2_t even = __sxtab16((int16x2_t)offsets, (int8x4_t)codes);
            const int16x2_t odd = __sxtab16((int16x2_t)offsets, (int8x4_t)rotate_byte(codes));
            const int16x2_t even_filter = __sxtb16((int8x4_t)filter);
            const int16x2_t odd_filter = __sxtb16((int8x4_t)rotate_byte(filter));

            sums[0] = __smlabb(even, even_filter, sums[0]);
            sums[1] = __smlabb(odd, odd_filter, sums[1]);
            sums[2] = __smlatt(even, even_filter, sums[2]);
            sums[3] = __smlatt(odd, odd_filter, sums[3]);
#else
            sums[0] += (tap[0] + offset) * weights[0];
            sums[1] += (tap[1] + offset) * weights[1];
            sums[2] += (tap[2] + offset) * weights[2];
            sums[3] += (tap[3] + offset) * weights[3];
#endif
            tap += column_step;
            weights += channels;
        } while (tap != row_end);
        tap += window->row_step - window->columns_step;
        row_end += window->row_step;
        weights += window->row_weights;
    }
    store_four(layer, channel, sums, output);
}
`,
  );

const filterOne = (requantize: Kernel): Kernel =>
  kernel(
    ["filter_one"],
    [filterWindow, outputCode(requantize)],
    `
/* One channel. */
static void filter_one(const IN_FLASH struct convolution *layer, const struct filter_window *window, int32_t channel, int8_t *output)
{
    const int8_t *row = &window->input[channel];
    const IN_FLASH int8_t *weights = &window->weights[channel];
    int32_t sum = layer->bias[channel];
    int32_t rows;
    int32_t at;

    for (rows = window->rows; rows > 0; rows--) {
        for (at = 0; at < window->columns_step; at += window->column_step) {
            sum += (row[at] + layer->input_offset) * *weights;
            weights += window->channels;
        }
        row += window->row_step;
        weights += window->row_weights;
    }
    *output = output_code(layer, channel, sum);
}
`,
  );

/** Convolution of every channel with a filter of its own. */
export function depthwiseConvolution(requantize: Kernel): Kernel {
  return kernel(
    ["convolve_depthwise"],
    [convolutionStruct, tapsInside, filterFour(requantize), filterOne(requantize)],
    `
/* Every channel with a filter of its own. Weights: [kernel height][kernel width][channels]. */
static void convolve_depthwise(const IN_FLASH struct convolution *layer, const int8_t *input, int8_t *output)
{
    const int32_t channels = layer->input_channels;
    struct filter_window window;
    int32_t y;
    int32_t x;

    window.row_step = layer->dilation_height * layer->input_width * channels;
    window.column_step = layer->dilation_width * channels;
    window.channels = channels;
${LOOP_OVER_WINDOWS}
            const int32_t row = top + (rows.first * layer->dilation_height);
            const int32_t column = left + (columns.first * layer->dilation_width);
            const int32_t taps = columns.end - columns.first;
            int32_t channel = 0;

            window.input = &input[((row * layer->input_width) + column) * channels];
            window.weights = &layer->weights[((rows.first * layer->kernel_width) + columns.first) * channels];
            window.rows = (taps > 0) ? (rows.end - rows.first) : 0;
            window.row_weights = (layer->kernel_width - taps) * channels;
            window.columns_step = taps * window.column_step;
            while (channel < channels) {
                if ((channels - channel) >= 4) {
                    filter_four(layer, &window, channel, &output[channel]);
                    channel += 4;
                } else {
                    filter_one(layer, &window, channel, &output[channel]);
                    channel++;
                }
            }
            output += channels;
        }
    }
}
`,
  );
}
