/** Straight lines of channels in C: see `program/operations/channel-linear.ts`. */
import type { CodeType } from "../../../program/program";
import { kernel, typedName, type Kernel } from "./kernel";
import { clampCode } from "./requantization";

/** @param bent whether negative values have slopes of their own */
export function channelLinearKernel(input: CodeType, output: CodeType, sumBits: 32 | 64, bent: boolean): Kernel {
  const name = typedName(bent ? "bent_lines" : "lines", input, output);
  const wide = sumBits === 64 ? "(int64_t)" : "";
  const slope = bent ? "(value < 0) ? layer->negative[channel] : layer->positive[channel]" : "layer->positive[channel]";
  return kernel(
    [`compute_${name}`, name],
    [clampCode],
    `
struct ${name} {
    const IN_FLASH int32_t *positive;${bent ? "\n    const IN_FLASH int32_t *negative;" : ""}
    const IN_FLASH int${sumBits}_t *offsets;
    int32_t channels;
    int32_t input_offset;
    int32_t shift;
    int32_t activation_min;
    int32_t activation_max;
};

/* A channel has inner codes side by side; the channels are repeated outer times. */
static void compute_${name}(const IN_FLASH struct ${name} *layer, const ${input}_t *input, ${output}_t *output, int32_t outer, int32_t inner)
{
    for (; outer > 0; outer--) {
        int32_t channel;

        for (channel = 0; channel < layer->channels; channel++) {
            int32_t left;

            for (left = inner; left > 0; left--) {
                const int32_t value = *input + layer->input_offset;
                const int32_t slope = ${slope};
                const int${sumBits}_t sum = (${wide}value * slope) + layer->offsets[channel];

                *output = (${output}_t)clamp_code((int32_t)(sum >> layer->shift), layer->activation_min,
                                                  layer->activation_max);
                input++;
                output++;
            }
        }
    }
}
`,
  );
}
