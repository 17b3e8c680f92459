/** Pooling in C: see `program/operations/pooling.ts`. */
import { tapsInside } from "./convolution";
import { kernel, type Kernel } from "./kernel";
import { clampCode } from "./requantization";

const poolingStruct = kernel(
  ["pooling"],
  [],
  `
struct pooling {
    int32_t input_height;
    int32_t input_width;
    int32_t channels;
    int32_t output_height;
    int32_t output_width;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
};
`,
);

const LOOPS_BEGIN = `
    const int32_t channels = layer->channels;
    int32_t y;
    int32_t x;

    for (y = 0; y < layer->output_height; y++) {
        const int32_t top = (y * layer->stride_height) - layer->pad_top;
        const struct taps rows = taps_inside(top, layer->dilation_height, layer->kernel_height, layer->input_height);

        for (x = 0; x < layer->output_width; x++) {
            const int32_t left = (x * layer->stride_width) - layer->pad_left;
            const struct taps columns = taps_inside(left, layer->dilation_width, layer->kernel_width, layer->input_width);`.slice(
  1,
);

const TAPS = (body: string) =>
  `
                for (ky = rows.first; ky < rows.end; ky++) {
                    const int32_t row = (top + (ky * layer->dilation_height)) * layer->input_width;

                    for (kx = columns.first; kx < columns.end; kx++) {
                        const int32_t column = left + (kx * layer->dilation_width);
${body}
                    }
                }`.slice(1);

export const maxPoolingKernel = kernel(
  ["pool_max"],
  [poolingStruct, tapsInside],
  `
static void pool_max(const struct pooling *layer, const int8_t *input, int8_t *output)
{
${LOOPS_BEGIN}
            int32_t channel;

            for (channel = 0; channel < channels; channel++) {
                int8_t most = INT8_MIN;
                int32_t ky;
                int32_t kx;

${TAPS(`                        const int8_t code = input[((row + column) * channels) + channel];

                        if (code > most) {
                            most = code;
                        }`)}
                *output = most;
                output++;
            }
        }
    }
}
`,
);

export function averagePoolingKernel(requantize: Kernel): Kernel {
  return kernel(
    ["average", "pool_average"],
    [poolingStruct, tapsInside, clampCode, requantize],
    `
/* How sums become codes: one multiplier and shift for each number of positions that is averaged. */
struct average {
    const int32_t *counts;
    const int32_t *multipliers;
    const uint8_t *shifts;
    /* The input with its padding, where padding counts; the input and no padding, where it does not. */
    int32_t counted_height;
    int32_t counted_width;
    int32_t counted_top;
    int32_t counted_left;
    int32_t input_offset;
    int32_t output_offset;
    int32_t activation_min;
    int32_t activation_max;
};

static void pool_average(const struct pooling *layer, const struct average *average, const int8_t *input, int8_t *output)
{
${LOOPS_BEGIN}
            const struct taps counted_rows = taps_inside((y * layer->stride_height) - average->counted_top, layer->dilation_height, layer->kernel_height, average->counted_height);
            const struct taps counted_columns = taps_inside((x * layer->stride_width) - average->counted_left, layer->dilation_width, layer->kernel_width, average->counted_width);
            const int32_t count = (counted_rows.end - counted_rows.first) * (counted_columns.end - counted_columns.first);
            int32_t entry = 0;
            int32_t channel;

            while (average->counts[entry] != count) {
                entry++;
            }
            for (channel = 0; channel < channels; channel++) {
                int32_t sum = 0;
                int32_t code;
                int32_t ky;
                int32_t kx;

${TAPS(`                        sum += input[((row + column) * channels) + channel] + average->input_offset;`)}
                code = average->output_offset + requantize(sum, average->multipliers[entry], average->shifts[entry]);
                *output = (int8_t)clamp_code(code, average->activation_min, average->activation_max);
                output++;
            }
        }
    }
}
`,
  );
}
