/** What generated C knows of a convolution: its constants and its shape. */
import { kernel } from "./kernel";

export const convolutionStruct = kernel(
  ["convolution"],
  [],
  `
struct convolution {
    const IN_FLASH int8_t *weights;
    const IN_FLASH int32_t *bias;
    const IN_FLASH int32_t *multipliers;
    const IN_FLASH uint8_t *shifts;
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
    /* Of how many runs of inputs a tap is summed; 0: whole rows of taps are one run. */
    int32_t tap_runs;
};
`,
);
