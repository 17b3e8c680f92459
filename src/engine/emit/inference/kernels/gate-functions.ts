/** tanh and sigmoid in C: see `program/arithmetic/hyperbolic.ts`. */
import { TANH_SHIFT, TANH_TABLE } from "../../../program/arithmetic/hyperbolic";
import { kernel } from "./kernel";

const PER_LINE = 16;

const tableLines = Array.from({ length: Math.ceil(TANH_TABLE.length / PER_LINE) }, (_, line) =>
  [...TANH_TABLE.subarray(line * PER_LINE, (line + 1) * PER_LINE)].join(", "),
);

/** Both functions, and the table that they share. */
export const gateFunctions = kernel(
  ["tanh_table", "interpolate_tanh", "tanh_of", "sigmoid_of"],
  [],
  `
/* tanh(i / 64) in steps of 2^-15. */
static const IN_FLASH int16_t tanh_table[${TANH_TABLE.length}] = {
    ${tableLines.join(",\n    ")}
};

/* tanh in steps of 2^-15; entries of the table are 2^shift steps of the argument apart. */
static int32_t interpolate_tanh(int32_t argument, uint32_t shift)
{
    const uint32_t magnitude = (argument < 0) ? (0u - (uint32_t)argument) : (uint32_t)argument;
    const uint32_t index = magnitude >> shift;
    int32_t value = tanh_table[${TANH_TABLE.length - 1}];

    if (index < ${TANH_TABLE.length - 1}u) {
        const int32_t fraction = (int32_t)(magnitude & (((uint32_t)1 << shift) - 1u));
        const int32_t rise = (int32_t)tanh_table[index + 1u] - tanh_table[index];

        value = tanh_table[index] + (((rise * fraction) + ((int32_t)1 << (shift - 1u))) >> shift);
    }
    return (argument < 0) ? -value : value;
}

/* Of an argument in steps of 2^-16, in steps of 2^-15. */
static inline int32_t tanh_of(int32_t argument)
{
    return interpolate_tanh(argument, ${TANH_SHIFT}u);
}

/* (1 + tanh(argument / 2)) / 2 of an argument in steps of 2^-16, in steps of 2^-16. */
static inline int32_t sigmoid_of(int32_t argument)
{
    return 0x8000 + interpolate_tanh(argument, ${TANH_SHIFT + 1}u);
}
`,
  TANH_TABLE.byteLength,
);
