/** Requantization of sums of 64 bits, which are below 2^53: see `program/arithmetic/requantization.ts`. */
import { MARGIN_BITS } from "../../../program/arithmetic/round-up";
import { kernel, type Kernel } from "./kernel";
import { clampCode, halfEven } from "./requantization";

/** Clamps before the result is cut to 32 bits. */
export const clampWide = kernel(
  ["clamp_wide"],
  [],
  `
static inline int32_t clamp_wide(int64_t code, int32_t low, int32_t high)
{
    if (code < low) {
        return low;
    }
    return (code > high) ? high : (int32_t)code;
}
`,
);

/** How the sums of a layer become codes: by what a channel's shift says, or by one way for all of them. */
export type SumRequantization = "by-channel" | "wide" | "wide-up" | "shift";

const wide = kernel(
  ["requantize_wide"],
  [],
  `
/* sum * multiplier * 2^-shift to the nearest integer, halves up; the product has more bits than one word. */
static int64_t requantize_wide(int64_t sum, int32_t multiplier, uint32_t shift)
{
    const int64_t high = (sum >> 22) * multiplier;
    const int64_t low = ((sum & 0x3FFFFF) * multiplier) >> 22;

    return (high + low + ((int64_t)1 << (shift - 23u))) >> (shift - 22u);
}
`,
);

const wideUp = kernel(
  ["requantize_wide_up"],
  [],
  `
/* The smallest integer that is not below sum * multiplier * 2^-shift - 2^-${MARGIN_BITS}. */
static int64_t requantize_wide_up(int64_t sum, int32_t multiplier, uint32_t shift)
{
    const int64_t high = (sum >> 22) * multiplier;
    const int64_t margin = (int64_t)1 << (shift - ${MARGIN_BITS}u);
    const int64_t low = (((sum & 0x3FFFFF) * multiplier) - margin + 0x3FFFFF) >> 22;

    return (high + low + ((int64_t)1 << (shift - 22u)) - 1) >> (shift - 22u);
}
`,
);

export interface RequantizationCall {
  readonly kernels: readonly Kernel[];
  /** Function that clamps the result. */
  readonly clamp: string;
  /** Whether it takes a channel's multiplier. */
  readonly multiplies: boolean;
  /** C expression of `sum` and a channel of \`layer\`. */
  readonly expression: string;
}

/** @param byChannel the program's kernel `requantize` */
export function requantizationCall(form: SumRequantization, byChannel: Kernel): RequantizationCall {
  const call = (name: string) => `${name}(sum, layer->multipliers[channel], layer->shifts[channel])`;
  const wideCall = (requantize: Kernel, expression: string, multiplies = true) => ({
    kernels: [clampWide, requantize],
    clamp: "clamp_wide",
    multiplies,
    expression,
  });
  switch (form) {
    case "by-channel":
      return {
        kernels: [clampCode, byChannel],
        clamp: "clamp_code",
        multiplies: true,
        expression: call("requantize"),
      };
    case "wide":
      return wideCall(wide, call("requantize_wide"));
    case "wide-up":
      return wideCall(wideUp, call("requantize_wide_up"));
    case "shift":
      return wideCall(halfEven, "shift_half_even(sum, layer->shifts[channel])", false);
  }
}
