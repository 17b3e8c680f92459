/** Sums of products, four inputs at a time. */
import { sumsStruct } from "./convolution-output";
import { kernel, type Kernel } from "./kernel";

const wordIntrinsics = kernel(
  ["load_word", "rotate_byte"],
  [],
  `
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
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

/** Where the weight of a channel (0 to 3) and an input (0 to 3) stands in a block of 16. */
export function wordPosition(channel: number, input: number): number {
  return (channel >> 1) * 8 + (input & 1) * 4 + (input >> 1) * 2 + (channel & 1);
}

/**
 * As accumulate_bytes, four inputs at a time. With DSP instructions two channels share a 16-bit half of a word: the sum of
 * products with whole halves, the lower byte raised by 128 to be without sign, is 256 times one channel's sum plus the other's
 * plus 128 times the sum of the inputs. The latter two are summed apart; taking them off modulo 2^32 leaves 24 bits, which
 * hold the sum of 256 products of at most 255 and 128.
 */
export function accumulateWords(offset: boolean): Kernel {
  const name = offset ? "accumulate_words_offset" : "accumulate_words";
  const plus = offset ? " + offset" : "";
  const parameters = offset
    ? "int32_t count,\n    int32_t offset, struct sums *sums"
    : "int32_t count,\n    struct sums *sums";
  const extend = (word: string) =>
    offset ? `__sxtab16((int16x2_t)offsets, (int8x4_t)${word})` : `__sxtb16((int8x4_t)${word})`;
  const step = (input: number) =>
    [
      `        value = input[${input}]${plus};`,
      ...[0, 1, 2, 3].map((channel) => `        sum${channel} += value * weights[${wordPosition(channel, input)}];`),
    ].join("\n");
  return kernel(
    [name],
    [sumsStruct, wordIntrinsics],
    `
/* Four sums over count inputs, a multiple of 4; the weights of four inputs stand side by side. */
static inline void ${name}(const int8_t *input, const int8_t *weights, ${parameters})
{
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    /* Two channels share a half word: summed together, with 128 added to the lower one; then the lower one apart. */
    const uint32_t raised = 0x00800080u;
    const int16x2_t ones = (int16x2_t)0x00010001u;${
      offset ? "\n    const uint32_t offsets = ((uint32_t)offset & 0xFFFFu) | ((uint32_t)offset << 16);" : ""
    }

    while (count > 0) {
        const int8_t *end = &input[(count > 256) ? 256 : count];
        int32_t both01 = 0;
        int32_t both23 = 0;
        int32_t sum0 = 0;
        int32_t sum2 = 0;
        int32_t inputs = 0;

        count -= 256;
        while (input < end) {
            const uint32_t word = load_word(input);
            const int16x2_t even = ${extend("word")};
            const int16x2_t odd = ${extend("rotate_byte(word)")};
            uint32_t pair = load_word(&weights[0]);

            inputs = __smlad(even, ones, __smlad(odd, ones, inputs));
            both01 = __smlad(even, (int16x2_t)(pair ^ raised), both01);
            sum0 = __smlad(even, __sxtb16((int8x4_t)pair), sum0);
            pair = load_word(&weights[4]);
            both01 = __smlad(odd, (int16x2_t)(pair ^ raised), both01);
            sum0 = __smlad(odd, __sxtb16((int8x4_t)pair), sum0);
            pair = load_word(&weights[8]);
            both23 = __smlad(even, (int16x2_t)(pair ^ raised), both23);
            sum2 = __smlad(even, __sxtb16((int8x4_t)pair), sum2);
            pair = load_word(&weights[12]);
            both23 = __smlad(odd, (int16x2_t)(pair ^ raised), both23);
            sum2 = __smlad(odd, __sxtb16((int8x4_t)pair), sum2);
            input += 4;
            weights += 16;
        }
        sums->first += sum0;
        sums->second += (int32_t)((uint32_t)both01 - (uint32_t)sum0 - ((uint32_t)inputs << 7)) >> 8;
        sums->third += sum2;
        sums->fourth += (int32_t)((uint32_t)both23 - (uint32_t)sum2 - ((uint32_t)inputs << 7)) >> 8;
    }
#else
    int32_t sum0 = sums->first;
    int32_t sum1 = sums->second;
    int32_t sum2 = sums->third;
    int32_t sum3 = sums->fourth;

    while (count > 0) {
        int32_t value;

${[0, 1, 2, 3].map(step).join("\n")}
        input += 4;
        weights += 16;
        count -= 4;
    }
    sums->first = sum0;
    sums->second = sum1;
    sums->third = sum2;
    sums->fourth = sum3;
#endif
}
`,
  );
}
