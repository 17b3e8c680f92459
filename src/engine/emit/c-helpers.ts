/**
 * The C of decoders that does not depend on a layer. It is the target's side of `schemes/packing.ts` and
 * `schemes/bit-patterns.ts`, for integers of any width: nothing relies on `int` having more than 16 bits.
 */
import type { CFunction } from "./c-function";

export type HelperId =
  "packed_pattern" | "signed_code" | "code_without_zero" | "power_of_two" | "half_mantissa" | "half_exponent";

interface Helper extends Omit<CFunction, "name"> {
  /** What follows the model's identifier in the function's name. */
  readonly id: HelperId;
}

export const HELPERS: readonly Helper[] = [
  {
    id: "packed_pattern",
    comment: "The pattern of a number of bits (1 to 16) at an index of a packed channel.",
    result: "uint32_t",
    parameters: "const uint8_t *packed, uint32_t index, uint32_t bits",
    body: [
      "const uint32_t first = index * bits;",
      "const uint8_t *bytes = packed + first / 8u;",
      "const uint32_t shift = first % 8u;",
      "uint32_t pattern = (uint32_t)bytes[0] >> shift;",
      "",
      "if (shift + bits > 8u) {",
      "    pattern |= (uint32_t)bytes[1] << (8u - shift);",
      "}",
      "if (shift + bits > 16u) {",
      "    pattern |= (uint32_t)bytes[2] << (16u - shift);",
      "}",
      "return pattern & (((uint32_t)1 << bits) - 1u);",
    ],
  },
  {
    id: "signed_code",
    comment: "The code of a pattern in two's complement.",
    result: "int32_t",
    parameters: "uint32_t pattern, uint32_t bits",
    body: [
      "const uint32_t sign = (uint32_t)1 << (bits - 1u);",
      "",
      "return (int32_t)(pattern ^ sign) - (int32_t)sign;",
    ],
  },
  {
    id: "code_without_zero",
    comment: "The code of a pattern where no code is 0: -h to -1, then 1 to h, with h = 2^(bits - 1).",
    result: "int32_t",
    parameters: "uint32_t pattern, uint32_t bits",
    body: [
      "const int32_t code = (int32_t)pattern - ((int32_t)1 << (bits - 1u));",
      "",
      "return code < 0 ? code : code + 1;",
    ],
  },
  {
    id: "power_of_two",
    comment: "The integer of a sign and an exponent: 0 for 0, else 2^(|code| - 1) with the sign of the code.",
    result: "int32_t",
    parameters: "int32_t code",
    body: [
      "if (code == 0) {",
      "    return 0;",
      "}",
      "return code > 0 ? (int32_t)1 << (code - 1) : -((int32_t)1 << (-code - 1));",
    ],
  },
  {
    id: "half_mantissa",
    comment: "A positive half-precision number is mantissa * 2^exponent, with a mantissa of at most 2047.",
    result: "int32_t",
    parameters: "uint16_t half",
    body: ["return (half & 0x3ff) + (half >= 0x400 ? 0x400 : 0);"],
  },
  {
    id: "half_exponent",
    comment: "The exponent that goes with the mantissa, -24 to 5.",
    result: "int32_t",
    parameters: "uint16_t half",
    body: ["return half >= 0x400 ? (int32_t)(half >> 10) - 25 : -24;"],
  },
];
