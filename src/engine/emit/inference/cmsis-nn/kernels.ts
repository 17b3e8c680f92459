/**
 * C that calls CMSIS-NN: one function for each of the library's, which makes its parameter structures of a layer's. Members
 * are assigned by name, so that no order of members is relied on.
 */
import { kernel, type Kernel } from "../kernels/kernel";

const status = kernel(
  ["cmsis_status", "cmsis_note"],
  [],
  `
/* What CMSIS-NN said of the first layer that it refused. */
static arm_cmsis_nn_status cmsis_status;

static void cmsis_note(arm_cmsis_nn_status status)
{
    if (cmsis_status == ARM_CMSIS_NN_SUCCESS) {
        cmsis_status = status;
    }
}
`,
);

/** Static scratch memory. @param macro name of the macro for its size in bytes */
export function cmsisScratch(macro: string): Kernel {
  return kernel(
    ["cmsis_scratch", "cmsis_context"],
    [status],
    `
/* Scratch memory of the layer that runs, in words. */
static int32_t cmsis_scratch[(${macro} + 3) / 4];

/* Whether there is as much scratch memory as a layer wants; the context then has it. */
static bool cmsis_context(cmsis_nn_context *context, int32_t bytes)
{
    context->buf = (bytes > 0) ? cmsis_scratch : NULL;
    context->size = bytes;
    if (bytes > (int32_t)sizeof(cmsis_scratch)) {
        cmsis_note(ARM_CMSIS_NN_ARG_ERROR);
        return false;
    }
    return true;
}
`,
  );
}

const sumStruct = kernel(
  ["cmsis_sum"],
  [],
  `
struct cmsis_sum {
    const int8_t *weights;
    const int32_t *bias;
    const int32_t *multipliers;
    const int32_t *shifts;
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t output_height;
    int32_t output_width;
    int32_t output_channels;
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

const dims = kernel(
  ["cmsis_dims"],
  [],
  `
static cmsis_nn_dims cmsis_dims(int32_t n, int32_t h, int32_t w, int32_t c)
{
    cmsis_nn_dims dims;

    dims.n = n;
    dims.h = h;
    dims.w = w;
    dims.c = c;
    return dims;
}
`,
);

const quantization = kernel(
  ["cmsis_quantization"],
  [sumStruct],
  `
/* The library reads these arrays and does not write them, though its structure has no const. */
static cmsis_nn_per_channel_quant_params cmsis_quantization(const struct cmsis_sum *layer)
{
    cmsis_nn_per_channel_quant_params quantization;

    quantization.multiplier = (int32_t *)layer->multipliers;
    quantization.shift = (int32_t *)layer->shifts;
    return quantization;
}
`,
);

/** Lines that fill the members which convolutions of both kinds have. */
const CONVOLUTION_MEMBERS = `    parameters.input_offset = layer->input_offset;
    parameters.output_offset = layer->output_offset;
    parameters.stride.h = layer->stride_height;
    parameters.stride.w = layer->stride_width;
    parameters.padding.h = layer->pad_top;
    parameters.padding.w = layer->pad_left;
    parameters.dilation.h = layer->dilation_height;
    parameters.dilation.w = layer->dilation_width;
    parameters.activation.min = layer->activation_min;
    parameters.activation.max = layer->activation_max;`;

const CONVOLUTION_DIMS = `    const cmsis_nn_dims input_dims = cmsis_dims(1, layer->input_height, layer->input_width, layer->input_channels);
    const cmsis_nn_dims bias_dims = cmsis_dims(1, 1, 1, layer->output_channels);
    const cmsis_nn_dims output_dims =
        cmsis_dims(1, layer->output_height, layer->output_width, layer->output_channels);`;

export function cmsisConvolution(scratch: Kernel): Kernel {
  return kernel(
    ["cmsis_convolve"],
    [scratch, sumStruct, dims, quantization],
    `
/* Weights: [output channels][kernel height][kernel width][input channels]. */
static void cmsis_convolve(const struct cmsis_sum *layer, const int8_t *input, int8_t *output)
{
    const cmsis_nn_per_channel_quant_params quantization = cmsis_quantization(layer);
${CONVOLUTION_DIMS}
    const cmsis_nn_dims filter_dims =
        cmsis_dims(layer->output_channels, layer->kernel_height, layer->kernel_width, layer->input_channels);
    cmsis_nn_conv_params parameters;
    cmsis_nn_context context;

${CONVOLUTION_MEMBERS}
    if (cmsis_context(&context, arm_convolve_wrapper_s8_get_buffer_size(&parameters, &input_dims, &filter_dims,
                                                                        &output_dims))) {
        cmsis_note(arm_convolve_wrapper_s8(&context, &parameters, &quantization, &input_dims, input, &filter_dims,
                                           layer->weights, &bias_dims, layer->bias, &output_dims, output));
    }
}
`,
  );
}

export function cmsisDepthwise(scratch: Kernel): Kernel {
  return kernel(
    ["cmsis_convolve_depthwise"],
    [scratch, sumStruct, dims, quantization],
    `
/* Every input channel with filters of its own. Weights: [kernel height][kernel width][output channels]. */
static void cmsis_convolve_depthwise(const struct cmsis_sum *layer, const int8_t *input, int8_t *output)
{
    const cmsis_nn_per_channel_quant_params quantization = cmsis_quantization(layer);
${CONVOLUTION_DIMS}
    const cmsis_nn_dims filter_dims =
        cmsis_dims(1, layer->kernel_height, layer->kernel_width, layer->output_channels);
    cmsis_nn_dw_conv_params parameters;
    cmsis_nn_context context;

    parameters.ch_mult = layer->output_channels / layer->input_channels;
${CONVOLUTION_MEMBERS}
    if (cmsis_context(&context, arm_depthwise_conv_wrapper_s8_get_buffer_size(&parameters, &input_dims, &filter_dims,
                                                                              &output_dims))) {
        cmsis_note(arm_depthwise_conv_wrapper_s8(&context, &parameters, &quantization, &input_dims, input,
                                                 &filter_dims, layer->weights, &bias_dims, layer->bias, &output_dims,
                                                 output));
    }
}
`,
  );
}

/** Dense layers with one multiplier for all channels. */
export function cmsisDense(scratch: Kernel): Kernel {
  return kernel(
    ["cmsis_connect"],
    [cmsisConvolution(scratch)],
    `
/*
 * A dense layer with one multiplier. Where the library wants the sums of the weights prepared, as with Helium, the layer is
 * a convolution of one pixel instead. Weights: [outputs][inputs].
 */
static void cmsis_connect(const struct cmsis_sum *layer, const int8_t *input, int8_t *output)
{
    const cmsis_nn_dims input_dims = cmsis_dims(1, 1, 1, layer->input_channels);
    const cmsis_nn_dims filter_dims = cmsis_dims(layer->input_channels, 1, 1, layer->output_channels);
    const cmsis_nn_dims bias_dims = cmsis_dims(1, 1, 1, layer->output_channels);
    const cmsis_nn_dims output_dims = cmsis_dims(1, 1, 1, layer->output_channels);
    cmsis_nn_fc_params parameters;
    cmsis_nn_per_tensor_quant_params quantization;
    cmsis_nn_context context;

    if (arm_fully_connected_s8_get_buffer_size(&filter_dims) > 0) {
        cmsis_convolve(layer, input, output);
        return;
    }
    parameters.input_offset = layer->input_offset;
    parameters.filter_offset = 0;
    parameters.output_offset = layer->output_offset;
    parameters.activation.min = layer->activation_min;
    parameters.activation.max = layer->activation_max;
    quantization.multiplier = layer->multipliers[0];
    quantization.shift = layer->shifts[0];
    context.buf = NULL;
    context.size = 0;
    cmsis_note(arm_fully_connected_s8(&context, &parameters, &quantization, &input_dims, input, &filter_dims,
                                      layer->weights, &bias_dims, layer->bias, &output_dims, output));
}
`,
  );
}

const poolStruct = kernel(
  ["cmsis_pool"],
  [],
  `
struct cmsis_pool {
    int32_t input_height;
    int32_t input_width;
    int32_t channels;
    int32_t output_height;
    int32_t output_width;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t activation_min;
    int32_t activation_max;
};
`,
);

/** @param bytes C expression of the scratch memory that the function wants */
function pooling(name: string, call: string, bytes: string, scratch: Kernel): Kernel {
  return kernel(
    [name],
    [scratch, poolStruct, dims],
    `
static void ${name}(const struct cmsis_pool *layer, const int8_t *input, int8_t *output)
{
    const cmsis_nn_dims input_dims = cmsis_dims(1, layer->input_height, layer->input_width, layer->channels);
    const cmsis_nn_dims filter_dims = cmsis_dims(1, layer->kernel_height, layer->kernel_width, 1);
    const cmsis_nn_dims output_dims = cmsis_dims(1, layer->output_height, layer->output_width, layer->channels);
    cmsis_nn_pool_params parameters;
    cmsis_nn_context context;

    parameters.stride.h = layer->stride_height;
    parameters.stride.w = layer->stride_width;
    parameters.padding.h = layer->pad_top;
    parameters.padding.w = layer->pad_left;
    parameters.activation.min = layer->activation_min;
    parameters.activation.max = layer->activation_max;
    if (cmsis_context(&context, ${bytes})) {
        cmsis_note(${call}(&context, &parameters, &input_dims, input, &filter_dims, &output_dims, output));
    }
}
`,
  );
}

export function cmsisMaxPooling(scratch: Kernel): Kernel {
  return pooling("cmsis_pool_max", "arm_max_pool_s8", "0", scratch);
}

export function cmsisAveragePooling(scratch: Kernel): Kernel {
  const bytes = "arm_avgpool_s8_get_buffer_size(layer->output_width, layer->channels)";
  return pooling("cmsis_pool_average", "arm_avgpool_s8", bytes, scratch);
}

export const cmsisAddition = kernel(
  ["cmsis_addition", "cmsis_add"],
  [status],
  `
struct cmsis_addition {
    int32_t offset_a;
    int32_t multiplier_a;
    int32_t offset_b;
    int32_t multiplier_b;
    int32_t left_shift;
    int32_t output_offset;
    int32_t output_multiplier;
    int32_t activation_min;
    int32_t activation_max;
};

/* The shifts behind the three multipliers are 0. */
static void cmsis_add(const struct cmsis_addition *layer, const int8_t *a, const int8_t *b, int8_t *output,
                      int32_t count)
{
    cmsis_note(arm_elementwise_add_s8(a, b, layer->offset_a, layer->multiplier_a, 0, layer->offset_b,
                                      layer->multiplier_b, 0, layer->left_shift, output, layer->output_offset,
                                      layer->output_multiplier, 0, layer->activation_min, layer->activation_max,
                                      count));
}
`,
);
