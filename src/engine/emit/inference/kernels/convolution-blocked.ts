/** Convolutions that mix channels, and dense layers. */
import { accumulateBytes } from "./convolution-bytes";
import { convolutionStruct } from "./convolution-layer";
import { storeCodes } from "./convolution-output";
import { accumulateWords } from "./convolution-words";
import { kernel, type Kernel } from "./kernel";
import { LOOP_OVER_WINDOWS, tapsInside } from "./taps";

/** words: rows of taps are multiples of four inputs; words_offset: and the input's offset is not part of the bias. */
export type BlockedKernel = "words" | "words_offset" | "bytes";

/** Any convolution, four output channels at a time. */
export function blockedConvolution(variant: BlockedKernel, requantize: Kernel): Kernel {
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

${LOOP_OVER_WINDOWS}
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
