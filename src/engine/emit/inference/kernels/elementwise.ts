/** Operations on elements in C: see `program/operations/elementwise.ts`, `lookup.ts` and `interpolation.ts`. */
import { MARGIN_BITS } from "../../../program/arithmetic/round-up";
import type { PairRounding } from "../../../program/operations/elementwise";
import type { CodeType } from "../../../program/program";
import { kernel, typedName, type Kernel } from "./kernel";
import { clampCode } from "./requantization";

/** Types of codes of both inputs and the output. */
export type PairTypes = readonly [a: CodeType, b: CodeType, output: CodeType];

const additionStruct = (sumBits: 32 | 64): Kernel =>
  kernel(
    [sumStructName(sumBits)],
    [],
    `
struct ${sumStructName(sumBits)} {
    int32_t multiplier_a;
    int32_t multiplier_b;
    int${sumBits}_t offset;
    int32_t shift;
    int32_t activation_min;
    int32_t activation_max;
};
`,
  );

export function sumStructName(sumBits: 32 | 64): string {
  return sumBits === 32 ? "addition" : "wide_addition";
}

/** @param even whether halves are rounded to even; else the offset decides */
export function additionKernel(even: boolean, types: PairTypes, sumBits: 32 | 64): Kernel {
  const name = typedName(even ? "add_half_even" : "add", ...types);
  const [a, b, output] = types;
  const wide = sumBits === 64 ? "(int64_t)" : "";
  const shifted = even ? "(sum + ((sum >> layer->shift) & 1)) >> layer->shift" : "sum >> layer->shift";
  const code = sumBits === 64 ? `(int32_t)(${shifted})` : shifted;
  return kernel(
    [name],
    [additionStruct(sumBits), clampCode],
    `
/* b has inner elements and is repeated outer times. */
static void ${name}(const IN_FLASH struct ${sumStructName(sumBits)} *layer, const ${a}_t *a, const ${b}_t *b, ${output}_t *output, int32_t outer, int32_t inner)
{
    int32_t i;

    for (; outer > 0; outer--) {
        for (i = 0; i < inner; i++) {
            const int${sumBits}_t product_a = ${wide}a[i] * layer->multiplier_a;
            const int${sumBits}_t product_b = ${wide}b[i] * layer->multiplier_b;
            const int${sumBits}_t sum = product_a + product_b + layer->offset;
            const int32_t code = ${code};

            output[i] = (${output}_t)clamp_code(code, layer->activation_min, layer->activation_max);
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
  up: `(sum + unit - (unit >> ${MARGIN_BITS}) - 1) >> layer->shift`,
};

export function multiplicationKernel(rounding: PairRounding, types: PairTypes): Kernel {
  const name = typedName(`multiply_${rounding.replace("-", "_")}`, ...types);
  const [a, b, output] = types;
  const productType = types.every((type) => type === "int8") ? "int32_t" : "int64_t";
  const first = productType === "int64_t" ? "(int64_t)(a[i] + layer->offset_a)" : "(a[i] + layer->offset_a)";
  const product = productType === "int64_t" ? "product" : "(int64_t)product";
  const half = rounding === "up" ? "" : "    const int64_t half = unit / 2;\n";
  return kernel(
    [name],
    [multiplicationStruct, clampCode],
    `
/* b has inner elements and is repeated outer times. */
static void ${name}(const IN_FLASH struct multiplication *layer, const ${a}_t *a, const ${b}_t *b, ${output}_t *output, int32_t outer, int32_t inner)
{
    const int64_t unit = (int64_t)1 << layer->shift;
${half}    int32_t i;

    for (; outer > 0; outer--) {
        for (i = 0; i < inner; i++) {
            const ${productType} product = ${first} * (b[i] + layer->offset_b);
            const int64_t sum = (${product} * layer->multiplier) + (unit * layer->output_offset);
            const int32_t code = (int32_t)(${ROUNDED_PRODUCT[rounding]});

            output[i] = (${output}_t)clamp_code(code, layer->activation_min, layer->activation_max);
        }
        a += inner;
        output += inner;
    }
}
`,
  );
}

export function lookupKernel(output: CodeType): Kernel {
  const name = typedName("look_up", output);
  return kernel(
    [name],
    [],
    `
/* table[0] belongs to code -128. */
static void ${name}(const IN_FLASH ${output}_t *table, const int8_t *input, ${output}_t *output, int32_t count)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        output[i] = table[(int32_t)input[i] + 128];
    }
}
`,
  );
}

export const interpolatedCode = kernel(
  ["interpolated"],
  [],
  `
/* A straight line between two entries of a table that are 2^shift codes apart; table[0] belongs to code -32768. */
static int32_t interpolated(const IN_FLASH int16_t *table, int32_t shift, int32_t code)
{
    const int32_t position = code + 32768;
    const IN_FLASH int16_t *entry = &table[position >> shift];
    const int32_t fraction = position & (((int32_t)1 << shift) - 1);

    return entry[0] + (((((int32_t)entry[1] - entry[0]) * fraction) + ((int32_t)1 << (shift - 1))) >> shift);
}
`,
);

export function interpolationKernel(output: CodeType): Kernel {
  const name = typedName("interpolate", output);
  return kernel(
    [name],
    [interpolatedCode],
    `
static void ${name}(const IN_FLASH int16_t *table, const int16_t *input, ${output}_t *output, int32_t count, int32_t shift)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        output[i] = (${output}_t)interpolated(table, shift, input[i]);
    }
}
`,
  );
}
