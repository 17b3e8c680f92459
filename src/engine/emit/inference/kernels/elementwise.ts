/** Operations on elements in C: see `program/operations/elementwise.ts`, `lookup.ts` and `movement.ts`. */
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
static void ${name}(const struct addition *layer, const int8_t *a, const int8_t *b, int8_t *output, int32_t count)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        const int32_t sum = (a[i] * layer->multiplier_a) + (b[i] * layer->multiplier_b) + layer->offset;

        output[i] = (int8_t)clamp_code(${rounded}, layer->activation_min, layer->activation_max);
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

const rearrangementStruct = kernel(
  ["rearrangement"],
  [],
  `
/* Four nested loops, outermost first; strides count codes. */
struct rearrangement {
    int32_t sizes[4];
    int32_t strides[4];
};
`,
);

function rearrangementKernel(name: "gather" | "scatter"): Kernel {
  const [comment, statement] =
    name === "gather"
      ? [
          "/* The output is written in order, the input read where the loops say. */",
          "*output = input[at + (d * layer->strides[3])];",
        ]
      : [
          "/* The input is read in order, the output written where the loops say. */",
          "output[at + (d * layer->strides[3])] = *input;",
        ];
  const pointer = name === "gather" ? "output" : "input";
  return kernel(
    [name],
    [rearrangementStruct],
    `
${comment}
static void ${name}(const struct rearrangement *layer, const int8_t *input, int8_t *output)
{
    int32_t a;
    int32_t b;
    int32_t c;
    int32_t d;

    for (a = 0; a < layer->sizes[0]; a++) {
        for (b = 0; b < layer->sizes[1]; b++) {
            for (c = 0; c < layer->sizes[2]; c++) {
                const int32_t at = (a * layer->strides[0]) + (b * layer->strides[1]) + (c * layer->strides[2]);

                for (d = 0; d < layer->sizes[3]; d++) {
                    ${statement}
                    ${pointer}++;
                }
            }
        }
    }
}
`,
  );
}

export const gatherKernel = rearrangementKernel("gather");
export const scatterKernel = rearrangementKernel("scatter");
