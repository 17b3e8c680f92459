/** Softmax and ArgMax in C: see `program/operations/classification.ts`. */
import { RECIPROCAL_BITS } from "../../../program/operations/classification";
import { kernel } from "./kernel";
import { clampCode } from "./requantization";

export const softmaxKernel = kernel(
  ["softmax", "soft_max"],
  [clampCode],
  `
struct softmax {
    /* exp(-scale * distance) for distances from the largest code. */
    const int32_t *table;
    int32_t rows;
    int32_t count;
    int32_t reciprocal;
    int32_t output_offset;
    int32_t activation_min;
    int32_t activation_max;
};

static void soft_max(const struct softmax *layer, const int8_t *input, int8_t *output)
{
    int32_t row;
    int32_t i;

    for (row = 0; row < layer->rows; row++) {
        int32_t largest = input[0];
        uint64_t sum = 0;

        for (i = 1; i < layer->count; i++) {
            largest = (input[i] > largest) ? input[i] : largest;
        }
        for (i = 0; i < layer->count; i++) {
            sum += (uint32_t)layer->table[largest - input[i]];
        }
        for (i = 0; i < layer->count; i++) {
            const uint64_t share = (uint64_t)(uint32_t)layer->table[largest - input[i]] * (uint32_t)layer->reciprocal;
            const uint64_t scaled = (share + (sum << ${RECIPROCAL_BITS - 1})) / (sum << ${RECIPROCAL_BITS});
            const int32_t code = layer->output_offset + (int32_t)scaled;

            output[i] = (int8_t)clamp_code(code, layer->activation_min, layer->activation_max);
        }
        input += layer->count;
        output += layer->count;
    }
}
`,
);

export const argMaxKernel = kernel(
  ["arg_max"],
  [],
  `
/* last: of equal codes the last one counts, not the first. */
static void arg_max(const int8_t *input, int32_t *output, int32_t rows, int32_t count, int32_t last)
{
    int32_t row;
    int32_t i;

    for (row = 0; row < rows; row++) {
        int32_t best = 0;

        for (i = 1; i < count; i++) {
            if ((input[i] > input[best]) || ((last != 0) && (input[i] == input[best]))) {
                best = i;
            }
        }
        output[row] = best;
        input += count;
    }
}
`,
);
