/** Softmax and ArgMax in C: see `program/operations/classification.ts`. */
import { MARGIN_BITS } from "../../../program/arithmetic/round-up";
import { EXPONENTIAL_BITS, RECIPROCAL_BITS } from "../../../program/operations/classification";
import type { CodeType } from "../../../program/program";
import { kernel, typedName, type Kernel } from "./kernel";
import { clampCode } from "./requantization";

/** @param isWide whether codes have 16 bits, and exponentials are products of two entries */
function softmaxStruct(isWide: boolean): Kernel {
  const name = typedName("softmax", isWide ? "int16" : "int8");
  const table = isWide
    ? `    /* exp(-scale * distance) for distances from the largest code, in steps of 256 and of 1. */
    const IN_FLASH int32_t *table;
    const IN_FLASH int32_t *fine;`
    : `    /* exp(-scale * distance) for distances from the largest code. */
    const IN_FLASH int32_t *table;`;
  return kernel(
    [name],
    [],
    `
struct ${name} {
${table}
    int32_t rows;
    int32_t count;
    int32_t reciprocal;
    int32_t output_offset;
    int32_t activation_min;
    int32_t activation_max;
};
`,
  );
}

const wideExponential = kernel(
  ["exponential"],
  [softmaxStruct(true)],
  `
static uint32_t exponential(const IN_FLASH struct softmax_int16 *layer, int32_t distance)
{
    const uint64_t product =
        (uint64_t)(uint32_t)layer->table[distance >> 8] * (uint32_t)layer->fine[distance & 255];

    return (uint32_t)((product + ${2 ** (EXPONENTIAL_BITS - 1)}u) >> ${EXPONENTIAL_BITS});
}
`,
);

/** @param up whether shares are rounded up */
export function softmaxKernel(input: CodeType, output: CodeType, up: boolean): Kernel {
  const isWide = input === "int16";
  const name = `${typedName("soft_max", input, output)}${up ? "_up" : ""}`;
  const exponential = isWide ? "exponential(layer, largest - input[i])" : "(uint32_t)layer->table[largest - input[i]]";
  const rounded = up
    ? `(sum << ${RECIPROCAL_BITS}) - (sum << ${RECIPROCAL_BITS - MARGIN_BITS}) - 1u`
    : `(sum << ${RECIPROCAL_BITS - 1})`;
  return kernel(
    [name],
    [softmaxStruct(isWide), clampCode, ...(isWide ? [wideExponential] : [])],
    `
static void ${name}(const IN_FLASH struct ${typedName("softmax", input)} *layer, const ${input}_t *input, ${output}_t *output)
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
            sum += ${exponential};
        }
        for (i = 0; i < layer->count; i++) {
            const uint64_t share = (uint64_t)${exponential} * (uint32_t)layer->reciprocal;
            const uint64_t scaled = (share + ${rounded}) / (sum << ${RECIPROCAL_BITS});
            const int32_t code = layer->output_offset + (int32_t)scaled;

            output[i] = (${output}_t)clamp_code(code, layer->activation_min, layer->activation_max);
        }
        input += layer->count;
        output += layer->count;
    }
}
`,
  );
}

export function argMaxKernel(type: CodeType): Kernel {
  const name = typedName("arg_max", type);
  return kernel(
    [name],
    [],
    `
/* last: of equal codes the last one counts, not the first. */
static void ${name}(const ${type}_t *input, int32_t *output, int32_t rows, int32_t count, int32_t last)
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
}
