/** Convolutions of every channel with a filter of its own. */
import { convolutionStruct } from "./convolution-layer";
import { storeCodes, sumsStruct } from "./convolution-output";
import { kernel, type Kernel } from "./kernel";
import { LOOP_OVER_WINDOWS, tapsInside } from "./taps";

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

export function depthwiseConvolution(requantize: Kernel): Kernel {
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

${LOOP_OVER_WINDOWS}
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
