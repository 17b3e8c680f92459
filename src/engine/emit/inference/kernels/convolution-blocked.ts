/** Convolutions that mix channels, and dense layers. */
import { sumBytes } from "./convolution-bytes";
import { convolutionStruct } from "./convolution-layer";
import { outputCode, storeFour } from "./convolution-output";
import { NOT_INLINED } from "./convolution-window";
import { sumWords } from "./convolution-words";
import { kernel, type Kernel } from "./kernel";
import { LOOP_OVER_WINDOWS, tapsInside } from "./taps";

/** words: rows of taps are multiples of four inputs; words_offset: and the input's offset is not part of the bias. */
export type BlockedKernel = "words" | "words_offset" | "bytes";

const WINDOW_SUMS: Readonly<Record<BlockedKernel, Kernel>> = {
  words: sumWords(false),
  words_offset: sumWords(true),
  bytes: sumBytes,
};

/** Any convolution, four output channels at a time. */
export function blockedConvolution(variant: BlockedKernel, requantize: Kernel): Kernel {
  const order = variant === "bytes" ? "[inputs][4 channels]" : "[inputs / 4][16]";
  return kernel(
    [`convolve_${variant}`, `convolve_window_${variant}`],
    [convolutionStruct, tapsInside, WINDOW_SUMS[variant], storeFour(requantize), outputCode(requantize)],
    `
/* All channels of one output. */
${NOT_INLINED}
static void convolve_window_${variant}(const IN_FLASH struct convolution *layer, const struct window *window, int8_t *output)
{
    const int32_t group_inputs = layer->input_channels / layer->groups;
    const int32_t group_outputs = layer->output_channels / layer->groups;
    const int32_t block_weights = layer->kernel_height * layer->kernel_width * group_inputs * 4;
    const int8_t *input = window->input;
    const IN_FLASH int8_t *weights = window->weights;
    int32_t channel = 0;
    int32_t groups;

    for (groups = layer->groups; groups > 0; groups--) {
        int32_t left;

        for (left = group_outputs; left > 0; left -= 4) {
            int32_t sums[4];
            int32_t i;

            for (i = 0; i < 4; i++) {
                sums[i] = layer->bias[channel + i];
            }
            for (i = 0; i < window->parts; i++) {
                sum_${variant}(window, &input[i * window->part_step], &weights[i * window->part_weights], sums);
            }
            if (left >= 4) {
                store_four(layer, channel, sums, output);
                output += 4;
            } else {
                for (i = 0; i < left; i++) {
                    *output = output_code(layer, channel + i, sums[i]);
                    output++;
                }
            }
            channel += 4;
            weights += block_weights;
        }
        input += group_inputs;
    }
}

/*
 * Weights: [groups][blocks of 4 channels][kernel height][kernel width]${order}, the last block of
 * a group filled up with zeros, and likewise bias, multipliers and shifts.
 */
static void convolve_${variant}(const IN_FLASH struct convolution *layer, const int8_t *input, int8_t *output)
{
    const int32_t group_inputs = layer->input_channels / layer->groups;
    const int32_t row_weights = layer->kernel_width * group_inputs * 4;
    const int32_t tap_step = layer->dilation_width * layer->input_channels;
    const int32_t row_step = layer->dilation_height * layer->input_width * layer->input_channels;
    struct window window;
    int32_t y;
    int32_t x;

    window.offset = layer->input_offset;
    window.part_step = row_step;
    window.part_weights = row_weights;
${LOOP_OVER_WINDOWS}
            const int32_t row = top + (rows.first * layer->dilation_height);
            const int32_t column = left + (columns.first * layer->dilation_width);
            const int32_t taps = columns.end - columns.first;

            window.input = &input[((row * layer->input_width) + column) * layer->input_channels];
            window.weights = &layer->weights[(rows.first * row_weights) + (columns.first * group_inputs * 4)];
            if (layer->tap_runs == 0) {
                window.parts = 1;
                window.runs = rows.end - rows.first;
                window.run_step = row_step;
                window.run_inputs = taps * group_inputs;
                window.run_weights = row_weights;
            } else {
                window.parts = rows.end - rows.first;
                window.runs = taps * layer->tap_runs;
                window.run_inputs = group_inputs / layer->tap_runs;
                window.run_step = (layer->tap_runs == 1) ? tap_step : window.run_inputs;
                window.run_weights = window.run_inputs * 4;
            }
            convolve_window_${variant}(layer, &window, output);
            output += layer->output_channels;
        }
    }
}
`,
  );
}
