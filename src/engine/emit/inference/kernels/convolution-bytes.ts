/** Sums of products, one input at a time: for channels that are not multiples of four. */
import { sumsStruct } from "./convolution-output";
import { kernel } from "./kernel";

export const accumulateBytes = kernel(
  ["accumulate_bytes"],
  [sumsStruct],
  `
/* Four sums over count inputs; the weights of one input stand side by side. */
static inline void accumulate_bytes(const int8_t *input, const int8_t *weights, int32_t count,
                                    int32_t offset, struct sums *sums)
{
    int32_t sum0 = sums->first;
    int32_t sum1 = sums->second;
    int32_t sum2 = sums->third;
    int32_t sum3 = sums->fourth;

    while (count > 0) {
        const int32_t value = *input + offset;

        sum0 += value * weights[0];
        sum1 += value * weights[1];
        sum2 += value * weights[2];
        sum3 += value * weights[3];
        input++;
        weights += 4;
        count--;
    }
    sums->first = sum0;
    sums->second = sum1;
    sums->third = sum2;
    sums->fourth = sum3;
}
`,
);
