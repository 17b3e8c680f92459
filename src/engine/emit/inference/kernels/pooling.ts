/** Pooling in C: see `program/operations/pooling.ts`. */
import type { CodeType } from "../../../program/program";
import { kernel, typedName, type Kernel } from "./kernel";
import { clampCode } from "./requantization";
import { LOOP_OVER_WINDOWS, tapsInside } from "./taps";

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

const TAPS = (body: string) =>
  `
                for (ky = rows.first; ky < rows.end; ky++) {
                    const int32_t row = (top + (ky * layer->dilation_height)) * layer->input_width;

                    for (kx = columns.first; kx < columns.end; kx++) {
                        const int32_t column = left + (kx * layer->dilation_width);
${body}
                    }
                }`.slice(1);

export function maxPoolingKernel(type: CodeType): Kernel {
  const name = typedName("pool_max", type);
  return kernel(
    [name],
    [poolingStruct, tapsInside],
    `
static void ${name}(const IN_FLASH struct pooling *layer, const ${type}_t *input, ${type}_t *output)
{
    const int32_t channels = layer->channels;
    int32_t y;
    int32_t x;

${LOOP_OVER_WINDOWS}
            int32_t channel;

            for (channel = 0; channel < channels; channel++) {
                ${type}_t most = ${type.toUpperCase()}_MIN;
                int32_t ky;
                int32_t kx;

${TAPS(`                        const ${type}_t code = input[((row + column) * channels) + channel];

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
}

const averageStruct = kernel(
  ["average"],
  [],
  `
/* How sums become codes. */
struct average {
    /* The input with its padding, where padding counts; the input alone, where it does not. */
    int32_t counted_height;
    int32_t counted_width;
    int32_t counted_top;
    int32_t counted_left;
    int32_t input_offset;
    int32_t output_offset;
    int32_t activation_min;
    int32_t activation_max;
    /* A multiplier and shift for each number of positions that is averaged; none, where sums are divided. */
    const IN_FLASH int32_t *counts;
    const IN_FLASH int32_t *multipliers;
    const IN_FLASH uint8_t *shifts;
};
`,
);

const divideHalfEven = kernel(
  ["divide_half_even"],
  [],
  `
/* The nearest integer to dividend / divisor, halves to the even one. */
static int32_t divide_half_even(int32_t dividend, int32_t divisor)
{
    int32_t quotient = dividend / divisor;
    int32_t rest = dividend % divisor;

    if (rest < 0) {
        quotient--;
        rest += divisor;
    }
    if ((rest > (divisor - rest)) || ((rest == (divisor - rest)) && ((quotient & 1) != 0))) {
        quotient++;
    }
    return quotient;
}
`,
);

/** @param requantize null divides by the number of positions */
export function averagePoolingKernel(requantize: Kernel | null, input: CodeType, output: CodeType): Kernel {
  const name = typedName(requantize === null ? "pool_average_divided" : "pool_average", input, output);
  const entry =
    requantize === null
      ? ""
      : `
            int32_t entry = 0;`;
  const search =
    requantize === null
      ? ""
      : `
            while (average->counts[entry] != count) {
                entry++;
            }`;
  const code =
    requantize === null
      ? "divide_half_even((average->output_offset * count) + sum, count)"
      : "average->output_offset + requantize(sum, average->multipliers[entry], average->shifts[entry])";
  return kernel(
    [name],
    [poolingStruct, averageStruct, tapsInside, clampCode, requantize ?? divideHalfEven],
    `
static void ${name}(const IN_FLASH struct pooling *layer, const IN_FLASH struct average *average, const ${input}_t *input, ${output}_t *output)
{
    const int32_t channels = layer->channels;
    int32_t y;
    int32_t x;

${LOOP_OVER_WINDOWS}
            const struct taps counted_rows = taps_inside((y * layer->stride_height) - average->counted_top,
                                                         layer->dilation_height, layer->kernel_height,
                                                         average->counted_height);
            const struct taps counted_columns = taps_inside((x * layer->stride_width) - average->counted_left,
                                                            layer->dilation_width, layer->kernel_width,
                                                            average->counted_width);
            const int32_t count =
                (counted_rows.end - counted_rows.first) * (counted_columns.end - counted_columns.first);${entry}
            int32_t channel;
${search}
            for (channel = 0; channel < channels; channel++) {
                int32_t sum = 0;
                int32_t ky;
                int32_t kx;

${TAPS(`                        sum += input[((row + column) * channels) + channel] + average->input_offset;`)}
                sum = ${code};
                *output = (${output}_t)clamp_code(sum, average->activation_min, average->activation_max);
                output++;
            }
        }
    }
}
`,
  );
}
