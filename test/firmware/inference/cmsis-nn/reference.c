/* What the functions of arm_nnfunctions.h are documented to compute, written as plainly as can be. */
#include "arm_nnfunctions.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static int64_t floor_shift(int64_t value, int32_t bits)
{
    const int64_t unit = (int64_t)1 << bits;
    int64_t quotient = value / unit;

    if ((value % unit) < 0) {
        quotient--;
    }
    return quotient;
}

/* multiplier * 2^(shift - 31), by the library's two ways of rounding. */
static int32_t requantized(int32_t value, int32_t multiplier, int32_t shift)
{
#ifdef CMSIS_NN_USE_SINGLE_ROUNDING
    const int64_t product = (int64_t)value * multiplier;

    return (int32_t)floor_shift(floor_shift(product, 30 - shift) + 1, 1);
#else
    const int32_t left = (shift > 0) ? shift : 0;
    const int32_t right = (shift > 0) ? 0 : -shift;
    const int64_t product = (int64_t)value * ((int64_t)1 << left) * multiplier;
    const int64_t high = floor_shift(product + ((int64_t)1 << 30), 31);
    const int64_t half = (right == 0) ? 0 : ((int64_t)1 << (right - 1));

    /* To the nearest, halves away from zero. */
    return (int32_t)((high < 0) ? -floor_shift(half - high, right) : floor_shift(high + half, right));
#endif
}

static int8_t clamped(int32_t value, const cmsis_nn_activation *activation)
{
    if (value < activation->min) {
        return (int8_t)activation->min;
    }
    return (int8_t)((value > activation->max) ? activation->max : value);
}

static void check_context(const cmsis_nn_context *ctx, int32_t bytes)
{
    int32_t i;

    if ((bytes > 0) && ((ctx->buf == NULL) || (ctx->size < bytes))) {
        printf("scratch memory is missing\n");
        exit(1);
    }
    for (i = 0; i < bytes; i++) {
        ((uint8_t *)ctx->buf)[i] = 0xA5u;
    }
}

int32_t arm_convolve_wrapper_s8_get_buffer_size(const cmsis_nn_conv_params *conv_params,
                                                const cmsis_nn_dims *input_dims, const cmsis_nn_dims *filter_dims,
                                                const cmsis_nn_dims *output_dims)
{
    (void)conv_params;
    (void)output_dims;
    return 4 * filter_dims->h * filter_dims->w * input_dims->c;
}

arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *p,
                                            const cmsis_nn_per_channel_quant_params *quant_params,
                                            const cmsis_nn_dims *in, const int8_t *input,
                                            const cmsis_nn_dims *filter, const int8_t *weights,
                                            const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                            const cmsis_nn_dims *out, int8_t *output)
{
    int32_t y, x, o, ky, kx, i;

    check_context(ctx, arm_convolve_wrapper_s8_get_buffer_size(p, in, filter, out));
    if ((filter->n != out->c) || (filter->c != in->c) || (bias_dims->c != out->c)) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
    for (y = 0; y < out->h; y++) {
        for (x = 0; x < out->w; x++) {
            for (o = 0; o < out->c; o++) {
                int32_t sum = bias[o];

                for (ky = 0; ky < filter->h; ky++) {
                    for (kx = 0; kx < filter->w; kx++) {
                        const int32_t row = (y * p->stride.h) + (ky * p->dilation.h) - p->padding.h;
                        const int32_t column = (x * p->stride.w) + (kx * p->dilation.w) - p->padding.w;

                        if ((row < 0) || (row >= in->h) || (column < 0) || (column >= in->w)) {
                            continue;
                        }
                        for (i = 0; i < in->c; i++) {
                            sum += (input[(((row * in->w) + column) * in->c) + i] + p->input_offset) *
                                   weights[(((((o * filter->h) + ky) * filter->w) + kx) * in->c) + i];
                        }
                    }
                }
                sum = requantized(sum, quant_params->multiplier[o], quant_params->shift[o]) + p->output_offset;
                *output++ = clamped(sum, &p->activation);
            }
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}

int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size(const cmsis_nn_dw_conv_params *dw_conv_params,
                                                      const cmsis_nn_dims *input_dims,
                                                      const cmsis_nn_dims *filter_dims,
                                                      const cmsis_nn_dims *output_dims)
{
    (void)dw_conv_params;
    (void)output_dims;
    return 2 * filter_dims->h * filter_dims->w * input_dims->c;
}

arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(const cmsis_nn_context *ctx, const cmsis_nn_dw_conv_params *p,
                                                  const cmsis_nn_per_channel_quant_params *quant_params,
                                                  const cmsis_nn_dims *in, const int8_t *input,
                                                  const cmsis_nn_dims *filter, const int8_t *weights,
                                                  const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                                  const cmsis_nn_dims *out, int8_t *output)
{
    int32_t y, x, o, ky, kx;

    check_context(ctx, arm_depthwise_conv_wrapper_s8_get_buffer_size(p, in, filter, out));
    if ((filter->n != 1) || (filter->c != out->c) || (bias_dims->c != out->c) || ((in->c * p->ch_mult) != out->c)) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
    for (y = 0; y < out->h; y++) {
        for (x = 0; x < out->w; x++) {
            for (o = 0; o < out->c; o++) {
                int32_t sum = bias[o];

                for (ky = 0; ky < filter->h; ky++) {
                    for (kx = 0; kx < filter->w; kx++) {
                        const int32_t row = (y * p->stride.h) + (ky * p->dilation.h) - p->padding.h;
                        const int32_t column = (x * p->stride.w) + (kx * p->dilation.w) - p->padding.w;

                        if ((row >= 0) && (row < in->h) && (column >= 0) && (column < in->w)) {
                            sum += (input[(((row * in->w) + column) * in->c) + (o / p->ch_mult)] + p->input_offset) *
                                   weights[(((ky * filter->w) + kx) * out->c) + o];
                        }
                    }
                }
                sum = requantized(sum, quant_params->multiplier[o], quant_params->shift[o]) + p->output_offset;
                *output++ = clamped(sum, &p->activation);
            }
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}

int32_t arm_fully_connected_s8_get_buffer_size(const cmsis_nn_dims *filter_dims)
{
    (void)filter_dims;
#ifdef WANTS_SUMS
    return 4 * filter_dims->c;
#else
    return 0;
#endif
}

arm_cmsis_nn_status arm_fully_connected_s8(const cmsis_nn_context *ctx, const cmsis_nn_fc_params *p,
                                           const cmsis_nn_per_tensor_quant_params *quant_params,
                                           const cmsis_nn_dims *in, const int8_t *input,
                                           const cmsis_nn_dims *filter, const int8_t *weights,
                                           const cmsis_nn_dims *bias_dims, const int32_t *bias,
                                           const cmsis_nn_dims *out, int8_t *output)
{
    int32_t o, i;

    (void)ctx;
    if ((filter->n != (in->h * in->w * in->c)) || (filter->c != out->c) || (bias_dims->c != out->c) || (out->n != 1)) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
    for (o = 0; o < out->c; o++) {
        int32_t sum = bias[o];

        for (i = 0; i < filter->n; i++) {
            sum += (input[i] + p->input_offset) * (weights[(o * filter->n) + i] + p->filter_offset);
        }
        sum = requantized(sum, quant_params->multiplier, quant_params->shift) + p->output_offset;
        *output++ = clamped(sum, &p->activation);
    }
    return ARM_CMSIS_NN_SUCCESS;
}

static arm_cmsis_nn_status pool(const cmsis_nn_pool_params *p, const cmsis_nn_dims *in, const int8_t *input,
                                const cmsis_nn_dims *filter, const cmsis_nn_dims *out, int8_t *output, int averages)
{
    int32_t y, x, channel, ky, kx;

    for (y = 0; y < out->h; y++) {
        for (x = 0; x < out->w; x++) {
            for (channel = 0; channel < out->c; channel++) {
                int32_t sum = 0;
                int32_t most = -128;
                int32_t count = 0;

                for (ky = 0; ky < filter->h; ky++) {
                    for (kx = 0; kx < filter->w; kx++) {
                        const int32_t row = (y * p->stride.h) + ky - p->padding.h;
                        const int32_t column = (x * p->stride.w) + kx - p->padding.w;

                        if ((row >= 0) && (row < in->h) && (column >= 0) && (column < in->w)) {
                            const int32_t code = input[(((row * in->w) + column) * in->c) + channel];

                            sum += code;
                            most = (code > most) ? code : most;
                            count++;
                        }
                    }
                }
                if (count == 0) {
                    return ARM_CMSIS_NN_ARG_ERROR;
                }
                /* Halves away from zero. */
                sum = (sum + ((sum > 0) ? (count / 2) : -(count / 2))) / count;
                *output++ = clamped(averages ? sum : most, &p->activation);
            }
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_max_pool_s8(const cmsis_nn_context *ctx, const cmsis_nn_pool_params *pool_params,
                                    const cmsis_nn_dims *input_dims, const int8_t *input_data,
                                    const cmsis_nn_dims *filter_dims, const cmsis_nn_dims *output_dims,
                                    int8_t *output_data)
{
    (void)ctx;
    return pool(pool_params, input_dims, input_data, filter_dims, output_dims, output_data, 0);
}

int32_t arm_avgpool_s8_get_buffer_size(const int output_x, const int ch_src)
{
    (void)output_x;
    return 4 * ch_src;
}

arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context *ctx, const cmsis_nn_pool_params *pool_params,
                                   const cmsis_nn_dims *input_dims, const int8_t *input_data,
                                   const cmsis_nn_dims *filter_dims, const cmsis_nn_dims *output_dims,
                                   int8_t *output_data)
{
    check_context(ctx, arm_avgpool_s8_get_buffer_size(output_dims->w, input_dims->c));
    return pool(pool_params, input_dims, input_data, filter_dims, output_dims, output_data, 1);
}

arm_cmsis_nn_status arm_elementwise_add_s8(const int8_t *input_1_vect, const int8_t *input_2_vect,
                                           const int32_t input_1_offset, const int32_t input_1_mult,
                                           const int32_t input_1_shift, const int32_t input_2_offset,
                                           const int32_t input_2_mult, const int32_t input_2_shift,
                                           const int32_t left_shift, int8_t *output, const int32_t out_offset,
                                           const int32_t out_mult, const int32_t out_shift,
                                           const int32_t out_activation_min, const int32_t out_activation_max,
                                           const int32_t block_size)
{
    const cmsis_nn_activation activation = {out_activation_min, out_activation_max};
    int32_t i;

    for (i = 0; i < block_size; i++) {
        const int32_t a = (input_1_vect[i] + input_1_offset) * ((int32_t)1 << left_shift);
        const int32_t b = (input_2_vect[i] + input_2_offset) * ((int32_t)1 << left_shift);
        const int32_t sum =
            requantized(a, input_1_mult, input_1_shift) + requantized(b, input_2_mult, input_2_shift);

        output[i] = clamped(requantized(sum, out_mult, out_shift) + out_offset, &activation);
    }
    return ARM_CMSIS_NN_SUCCESS;
}
