/** Weights in C: how each becomes an integer in the inner loop of a sum. See `program/weight-storage.ts`. */
import type { WeightStorage } from "../../../program/weight-storage";

/** The pieces of C in which forms of weights differ. */
export interface WeightDecoding {
  /** Part of the names of kernels. */
  readonly name: string;
  /** Declaration of the array, without its name. */
  readonly type: "uint8_t" | "int8_t" | "int16_t";
  /** Bits of a pattern; null where the array has the integers themselves. */
  readonly bits: number | null;
  /** What else the layer's structure holds. */
  readonly members: readonly string[];
  /** Statements before the loop. */
  readonly setup: readonly string[];
  /** Statements that add the product of \`value\` and the weight to \`sum\`. */
  readonly step: readonly string[];
  readonly comment: string;
}

/**
 * @param wideProducts whether products of a value and a weight have more than 32 bits
 * @param wideSums whether \`sum\` has 64 bits
 */
export function weightDecoding(
  storage: WeightStorage,
  weightBytes: 1 | 2 | 4,
  wideProducts: boolean,
  wideSums: boolean,
): WeightDecoding {
  const value = wideProducts ? "(int64_t)value" : "value";
  const times = (weight: string) => [`sum += ${value} * ${weight};`];
  if (storage.kind === "plain") {
    const bits = weightBytes * 8;
    return {
      name: `int${bits}`,
      type: weightBytes === 1 ? "int8_t" : "int16_t",
      bits: null,
      members: [],
      setup: [],
      step: times("*weights"),
      comment: `Weights are integers of ${bits} bits.`,
    };
  }
  const { bits } = storage;
  const half = 2 ** (bits - 1);
  const packed = { type: "uint8_t", bits, members: [], setup: [] } as const;
  switch (storage.kind) {
    case "packed": {
      const { offsets } = storage;
      if (offsets.length === 1 && offsets[0] === -half) {
        const comment = `Weights are patterns of ${bits} bits, ${half} more than the integer.`;
        return { ...packed, name: `packed${bits}`, step: times(`((int32_t)pattern - ${half})`), comment };
      }
      const perChannel = offsets.length > 1;
      return {
        ...packed,
        name: `packed${bits}_${perChannel ? "offsets" : "offset"}`,
        members: [perChannel ? "const IN_FLASH int32_t *weight_offsets;" : "int32_t weight_offset;"],
        setup: [`const int32_t weight_offset = layer->${perChannel ? "weight_offsets[channel]" : "weight_offset"};`],
        step: times("((int32_t)pattern + weight_offset)"),
        comment: `Weights are patterns of ${bits} bits plus an offset${perChannel ? " of their channel" : ""}.`,
      };
    }
    case "without-zero":
      return {
        ...packed,
        name: `without_zero${bits}`,
        step: times(`((int32_t)pattern - ${half} + (int32_t)(pattern >> ${bits - 1}))`),
        comment: `Weights are patterns of ${bits} bits for -${half} to ${half} without 0.`,
      };
    case "palette": {
      const type = storage.palette instanceof Int8Array ? "int8_t" : "int16_t";
      const size = 2 ** bits;
      const perChannel = storage.palette.length > size;
      return {
        ...packed,
        name: `palette${bits}_${type.slice(0, -2)}${perChannel ? "_channels" : ""}`,
        members: [`const IN_FLASH ${type} *palette;`],
        setup: [
          `const IN_FLASH ${type} *palette = ${perChannel ? `&layer->palette[channel * ${size}]` : "layer->palette"};`,
        ],
        step: times("palette[pattern]"),
        comment: `Weights are indices of ${bits} bits into a palette${perChannel ? " of their channel" : ""}.`,
      };
    }
    case "log2":
      return {
        ...packed,
        name: `power${bits}`,
        step: [
          `const uint32_t exponent = pattern & ${half - 1}u;`,
          "",
          "if (exponent != 0u) {",
          wideSums
            ? "    const int64_t product = (int64_t)((uint64_t)(int64_t)value << (exponent - 1u));"
            : "    const int32_t product = (int32_t)((uint32_t)value << (exponent - 1u));",
          "",
          `    sum += ((pattern & ${half}u) != 0u) ? -product : product;`,
          "}",
        ],
        comment: `Weights are a sign and ${bits - 1} bits that are 0 for 0 and e for 2^(e - 1): products are shifts.`,
      };
  }
}
