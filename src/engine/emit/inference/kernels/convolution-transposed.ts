/** Transposed convolutions. */
import { convolutionStruct } from "./convolution-layer";
import { outputCode } from "./convolution-output";
import { kernel, type Kernel } from "./kernel";

export function transposedConvolutionKernel(requantize: Kernel): Kernel {
  return kernel(
    ["convolve_transposed"],
    [convolutionStruct, outputCode(requantize)],
    `
/* Weights: [output channels][kernel height][kernel width][inputs of a group]. */
static void convolve_transposed(const IN_FLASH struct convolution *layer, const int8_t *input, int8_t *output)
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
            const IN_FLASH int8_t *weights = layer->weights;

            for (channel = 0; channel < layer->output_channels; channel++) {
                const int32_t group_start = (channel / group_outputs) * group_inputs;
                int32_t sum = layer->bias[channel];

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
                            const int8_t *from = &input[(pixel * layer->input_channels) + group_start];

                            for (i = 0; i < group_inputs; i++) {
                                sum += (from[i] + layer->input_offset) * weights[i];
                            }
                        }
                        weights += group_inputs;
                    }
                }
                *output = output_code(layer, channel, sum);
                output++;
            }
        }
    }
}
`,
  );
}
