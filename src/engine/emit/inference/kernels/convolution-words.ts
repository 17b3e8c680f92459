/** Sums of products, four inputs at a time. */
import { DSP_CONDITION, sumsInVariables, windowSums, type RunSums } from "./convolution-window";
import { kernel, type Kernel } from "./kernel";

const FOUR = [0, 1, 2, 3] as const;

/** Where the weight of a channel (0 to 3) and an input (0 to 3) stands in a block of 16. */
export function wordPosition(channel: number, input: number): number {
  return (channel >> 1) * 8 + (input & 1) * 4 + (input >> 1) * 2 + (channel & 1);
}

/** Whether the weights of two channels can share a half word, 256 times the second plus the first. */
export function isPair(first: number, second: number): boolean {
  return first >= 0 || second > -128;
}

/** Weights are written as arguments of this macro. */
export const PAIR_MACRO = "PAIR";

const weightPairs = kernel(
  [PAIR_MACRO],
  [],
  `
${DSP_CONDITION}
/* Weights of two channels in one half word, 256 times the second plus the first: a negative first one borrows. */
#define ${PAIR_MACRO}(first, second) (first), (((first) < 0) ? ((second) - 1) : (second))
#else
#define ${PAIR_MACRO}(first, second) (first), (second)
#endif
`,
);

export const loadWord = kernel(
  ["load_word", "rotate_byte"],
  [],
  `
${DSP_CONDITION}
static inline uint32_t load_word(const int8_t *bytes)
{
    uint32_t word;

    __builtin_memcpy(&word, bytes, sizeof(word));
    return word;
}

static inline uint32_t rotate_byte(uint32_t word)
{
    return (word >> 8) | (word << 24);
}
#endif
`,
);

function portable(offset: boolean): RunSums {
  const plus = offset ? " + offset" : "";
  const sums = sumsInVariables([
    "",
    "while (input < end) {",
    "    int32_t value;",
    "",
    ...FOUR.flatMap((input) => [
      `    value = input[${input}]${plus};`,
      ...FOUR.map((channel) => `    sum${channel} += value * weights[${wordPosition(channel, input)}];`),
    ]),
    "    input += 4;",
    "    weights += 16;",
    "}",
  ]);
  return offset ? { ...sums, before: ["const int32_t offset = window->offset;", ...sums.before] } : sums;
}

/**
 * Two channels share a 16-bit half of a word: the sum of products with whole halves is 256 times the second channel's sum
 * plus the first's. The latter is summed apart; taking it off modulo 2^32 leaves 24 bits, which hold a run's sum.
 */
function dsp(offset: boolean): RunSums {
  const extend = (word: string) =>
    offset ? `__sxtab16((int16x2_t)offsets, (int8x4_t)${word})` : `__sxtb16((int8x4_t)${word})`;
  const step = (inputs: "even" | "odd", channels: "01" | "23") => [
    `    both${channels} = __smlad(${inputs}, (int16x2_t)pairs, both${channels});`,
    `    first${channels} = __smlad(${inputs}, __sxtb16((int8x4_t)pairs), first${channels});`,
  ];
  return {
    before: offset
      ? ["const uint32_t offsets = ((uint32_t)window->offset & 0xFFFFu) | ((uint32_t)window->offset << 16);"]
      : [],
    run: [
      "/* Two channels share a half word: both are summed together, then the first apart. */",
      "int32_t both01 = 0;",
      "int32_t both23 = 0;",
      "int32_t first01 = 0;",
      "int32_t first23 = 0;",
      "",
      "while (input < end) {",
      "    const uint32_t word = load_word(input);",
      `    const int16x2_t even = ${extend("word")};`,
      `    const int16x2_t odd = ${extend("rotate_byte(word)")};`,
      "    uint32_t pairs = load_word(&weights[0]);",
      "",
      ...step("even", "01"),
      "    pairs = load_word(&weights[4]);",
      ...step("odd", "01"),
      "    pairs = load_word(&weights[8]);",
      ...step("even", "23"),
      "    pairs = load_word(&weights[12]);",
      ...step("odd", "23"),
      "    input += 4;",
      "    weights += 16;",
      "}",
      "sums[0] += first01;",
      "sums[1] += (int32_t)((uint32_t)both01 - (uint32_t)first01) >> 8;",
      "sums[2] += first23;",
      "sums[3] += (int32_t)((uint32_t)both23 - (uint32_t)first23) >> 8;",
    ],
    after: [],
  };
}

/** Runs are multiples of four inputs. */
export const sumWords = (offset: boolean): Kernel =>
  windowSums(offset ? "words_offset" : "words", [weightPairs, loadWord], portable(offset), dsp(offset));
