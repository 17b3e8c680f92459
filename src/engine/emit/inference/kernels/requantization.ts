/** Requantization in C: see `program/arithmetic/requantization.ts` for what it computes. */
import type { ChannelRequantization, ChannelRounding } from "../../../program/arithmetic/requantization";
import { MARGIN_BITS } from "../../../program/arithmetic/round-up";
import { kernel, type Kernel } from "./kernel";

/** Right shifts from here on take the high word of a product alone. */
const HIGH_WORD_SHIFT = 33;

/** The branches of `requantize` that a program can need. */
export type Branch = "high-word" | ChannelRounding;

/** What is added to a channel's shift to name its rounding. Shifts of `half-even` end at 31, those of `up` begin there. */
const ROUNDING_CODES: Readonly<Record<ChannelRounding, number>> = {
  "half-up": 0,
  "float-product": 64,
  "half-even": 128,
  up: 129,
  double: 192,
};

export function branchOf({ rounding, shift }: ChannelRequantization): Branch {
  return rounding === "half-up" && shift >= HIGH_WORD_SHIFT ? "high-word" : rounding;
}

/** The byte that stands for a channel's rounding and shift. */
export function shiftByte(channel: ChannelRequantization): number {
  return ROUNDING_CODES[channel.rounding] + channel.shift;
}

export const clampCode = kernel(
  ["clamp_code"],
  [],
  `
static inline int32_t clamp_code(int32_t code, int32_t low, int32_t high)
{
    const int32_t raised = (code < low) ? low : code;

    return (raised > high) ? high : raised;
}
`,
);

const highWord = kernel(
  ["multiply_high"],
  [],
  `
/* The upper 32 bits of a product; multiplier is not negative. */
static inline int32_t multiply_high(int32_t value, int32_t multiplier)
{
#if defined(__ARM_ARCH_6M__)
    /* This core multiplies 32 by 32 bits into 32 alone. */
    const uint32_t value_low = (uint32_t)value & 0xFFFFu;
    const int32_t value_high = value >> 16;
    const uint32_t multiplier_low = (uint32_t)multiplier & 0xFFFFu;
    const uint32_t multiplier_high = (uint32_t)multiplier >> 16;
    const int32_t middle = (value_high * (int32_t)multiplier_low) + (int32_t)((value_low * multiplier_low) >> 16);
    const uint32_t carried = ((uint32_t)middle & 0xFFFFu) + (value_low * multiplier_high);

    return (value_high * (int32_t)multiplier_high) + (middle >> 16) + (int32_t)(carried >> 16);
#else
    return (int32_t)(((int64_t)value * multiplier) >> 32);
#endif
}
`,
);

export const halfEven = kernel(
  ["shift_half_even"],
  [],
  `
/* value / 2^shift to the nearest integer, halves to the even one. */
static inline int64_t shift_half_even(int64_t value, uint32_t shift)
{
    if (shift == 0u) {
        return value;
    }
    return (value + ((int64_t)1 << (shift - 1u)) - 1 + ((value >> shift) & 1)) >> shift;
}
`,
);

const floatProduct = kernel(
  ["float_product", "single_precision"],
  [halfEven],
  `
/* Rounded to 24 significant bits, halves to even, as single precision holds numbers. */
static int64_t single_precision(int64_t value)
{
    uint32_t excess = 0u;

    while ((((value < 0) ? -value : value) >> excess) > 0x1000000) {
        excess++;
    }
    return shift_half_even(value, excess) * ((int64_t)1 << excess);
}

/*
 * The product as single precision has it: both factors and the product have 24 significant bits, and the product is
 * rounded to an integer, halves to even. That differs from rounding once only close to the middle between two integers.
 */
static int32_t float_product(int32_t value, int32_t mantissa, uint32_t shift)
{
    const bool is_short = (value >= -0x1000000) && (value <= 0x1000000);
    const int64_t product = (is_short ? value : single_precision(value)) * mantissa;
    const int64_t mask = ((int64_t)1 << shift) - 1;
    const int64_t margin = (int64_t)1 << (shift - 17u);
    const int64_t nearest = product + ((int64_t)1 << (shift - 1u));
    const int64_t rest = nearest & mask;

    if ((rest > margin) && (rest < (mask - margin))) {
        return (int32_t)(nearest >> shift);
    }
    return (int32_t)shift_half_even(single_precision(product), shift);
}
`,
);

const doubleRounding = kernel(
  ["double_rounding"],
  [],
  `
/* gemmlowp: the product rounded to its upper 31 bits, then shifted right, both times halves away from zero. */
static int32_t double_rounding(int32_t value, int32_t multiplier, uint32_t shift)
{
    const uint32_t left = (shift < 31u) ? (31u - shift) : 0u;
    const uint32_t right = (shift > 31u) ? (shift - 31u) : 0u;
    const int64_t product = (int64_t)value * ((int64_t)1 << left) * multiplier;
    const int64_t nudge = (product >= 0) ? 0x40000000 : (1 - 0x40000000);
    const int32_t high = (int32_t)((product + nudge) / 0x80000000LL);
    const int32_t mask = (int32_t)(((uint32_t)1 << right) - 1u);
    const int32_t rest = high & mask;

    return (high >> right) + ((rest > ((mask >> 1) + ((high < 0) ? 1 : 0))) ? 1 : 0);
}
`,
);

const multiplyUp = kernel(
  ["multiply_up"],
  [],
  `
/* The smallest integer that is not below value * multiplier * 2^-shift - 2^-${MARGIN_BITS}. */
static inline int32_t multiply_up(int32_t value, int32_t multiplier, uint32_t shift)
{
    const int64_t added = ((int64_t)1 << shift) - ((int64_t)1 << (shift - ${MARGIN_BITS}u)) - 1;

    return (int32_t)((((int64_t)value * multiplier) + added) >> shift);
}
`,
);

const CALLS: Readonly<
  Record<Branch, { readonly needs: Kernel[]; readonly condition: string; readonly value: string }>
> = {
  "high-word": {
    needs: [highWord],
    condition: "(shift >= 33u) && (shift < 64u)",
    value: "((multiply_high(sum, multiplier) >> (shift - 33u)) + 1) >> 1",
  },
  "half-up": {
    needs: [],
    condition: "shift < 64u",
    value: "(int32_t)((((int64_t)sum * multiplier) + ((int64_t)1 << (shift - 1u))) >> shift)",
  },
  "float-product": {
    needs: [floatProduct],
    condition: "(shift >= 64u) && (shift < 128u)",
    value: "float_product(sum, multiplier, shift - 64u)",
  },
  "half-even": {
    needs: [halfEven],
    condition: "(shift >= 128u) && (shift < 160u)",
    value: "(int32_t)shift_half_even(sum, shift - 128u)",
  },
  up: {
    needs: [multiplyUp],
    condition: "(shift >= 160u) && (shift < 192u)",
    value: "multiply_up(sum, multiplier, shift - 129u)",
  },
  double: {
    needs: [doubleRounding],
    condition: "shift >= 192u",
    value: "double_rounding(sum, multiplier, shift - 192u)",
  },
};

/** The function \`requantize\` with the branches that are needed, the most frequent first. */
export function requantizeKernel(branches: ReadonlySet<Branch>): Kernel {
  const order: readonly Branch[] = ["high-word", "float-product", "half-up", "half-even", "up", "double"];
  const used = order.filter((branch) => branches.has(branch));
  const statements = used.flatMap((branch, index) => {
    const { condition, value } = CALLS[branch];
    if (index === used.length - 1) return [`    return ${value};`];
    const simple = branch === "high-word" && !branches.has("half-up") ? "shift < 64u" : condition;
    return [`    if (${simple}) {`, `        return ${value};`, "    }"];
  });
  const unused = used.length === 1 && used[0] === "half-even" ? ["    (void)multiplier;"] : [];
  return kernel(
    ["requantize"],
    used.flatMap((branch) => CALLS[branch].needs),
    [
      "/* sum * multiplier * 2^-shift as an integer; shift also says how it is rounded. */",
      "static inline int32_t requantize(int32_t sum, int32_t multiplier, uint32_t shift)",
      "{",
      ...unused,
      ...statements,
      "}",
    ].join("\n"),
  );
}
