/** Operations on elements in C: see `program/operations/elementwise.ts`, and `lookup.ts`. */
import type { PairRounding } from "../../../program/operations/elementwise";
import { kernel, type Kernel } from "./kernel";
import { clampCode } from "./requantization";

const additionStruct = kernel(
  ["addition"],
  [],
  `
struct addition {
    int32_t multiplier_a;
    int32_t multiplier_b;
    int32_t offset;
    int32_t shift;
    int32_t activation_min;
    int32_t activation_max;
};
`,
);

/** @param even whether halves are rounded to even; else the offset decides */
export function additionKernel(even: boolean): Kernel {
  const name = even ? "add_half_even" : "add";
  const rounded = even ? "(sum + ((sum >> layer->shift) & 1)) >> layer->shift" : "sum >> layer->shift";
  return kernel(
    [name],
    [additionStruct, clampCode],
    `
/* b has inner elements and is repeated outer times. */
static void ${name}(const struct addition *layer, const int8_t *a, const int8_t *b, int8_t *output, int32_t outer,
                int32_t inner)
{
    int32_t i;

    for (; outer > 0; outer--) {
        for (i = 0; i < inner; i++) {
            const int32_t sum = (a[i] * layer->multiplier_a) + (b[i] * layer->multiplier_b) + layer->offset;

            output[i] = (int8_t)clamp_code(${rounded}, layer->activation_min, layer->activation_max);
        }
        a += inner;
        output += inner;
    }
}
`,
  );
}

const multiplicationStruct = kernel(
  ["multiplication"],
  [],
  `
struct multiplication {
    int32_t offset_a;
    int32_t offset_b;
    int32_t multiplier;
    int32_t output_offset;
    int32_t shift;
    int32_t activation_min;
    int32_t activation_max;
};
`,
);

const ROUNDED_PRODUCT: Readonly<Record<PairRounding, string>> = {
  "half-up": "(sum + half) >> layer->shift",
  "half-down": "(sum + half - 1) >> layer->shift",
  "half-even": "(sum + half - 1 + ((sum >> layer->shift) & 1)) >> layer->shift",
};

export function multiplicationKernel(rounding: PairRounding): Kernel {
  const name = `multiply_${rounding.replace("-", "_")}`;
  return kernel(
    [name],
    [multiplicationStruct, clampCode],
    `
/* b has inner elements and is repeated outer times. */
static void ${name}(const struct multiplication *layer, const int8_t *a, const int8_t *b, int8_t *output,
                int32_t outer, int32_t inner)
{
    const int64_t unit = (int64_t)1 << layer->shift;
    const int64_t half = unit / 2;
    int32_t i;

    for (; outer > 0; outer--) {
        for (i = 0; i < inner; i++) {
            const int32_t product = (a[i] + layer->offset_a) * (b[i] + layer->offset_b);
            const int64_t sum = ((int64_t)product * layer->multiplier) + (unit * layer->output_offset);
            const int32_t code = (int32_t)(${ROUNDED_PRODUCT[rounding]});

            output[i] = (int8_t)clamp_code(code, layer->activation_min, layer->activation_max);
        }
        a += inner;
        output += inner;
    }
}
`,
  );
}

export const lookupKernel = kernel(
  ["look_up"],
  [],
  `
/* table[0] belongs to code -128. */
static void look_up(const int8_t *table, const int8_t *input, int8_t *output, int32_t count)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        output[i] = table[(int32_t)input[i] + 128];
    }
}
`,
);
