/** From the sums of output channels to their codes. */
import { convolutionStruct } from "./convolution-layer";
import { kernel, type Kernel } from "./kernel";
import { clampCode } from "./requantization";

export const sumsStruct = kernel(
  ["sums"],
  [],
  `
/* Sums of four output channels. */
struct sums {
    int32_t first;
    int32_t second;
    int32_t third;
    int32_t fourth;
};
`,
);

export const storeCode = (requantize: Kernel): Kernel =>
  kernel(
    ["store_code"],
    [convolutionStruct, clampCode, requantize],
    `
static inline void store_code(const struct convolution *layer, int32_t channel, int32_t sum, int8_t *output)
{
    const int32_t scaled = requantize(sum, layer->multipliers[channel], layer->shifts[channel]);

    *output = (int8_t)clamp_code(layer->output_offset + scaled, layer->activation_min, layer->activation_max);
}
`,
  );

export const storeCodes = (requantize: Kernel): Kernel =>
  kernel(
    ["store_codes"],
    [sumsStruct, storeCode(requantize)],
    `
/* The codes of up to four channels, as many as are present. */
static void store_codes(const struct convolution *layer, int32_t channel, int32_t present, const struct sums *sums,
                        int8_t *output)
{
    store_code(layer, channel, sums->first, &output[0]);
    if (present > 1) {
        store_code(layer, channel + 1, sums->second, &output[1]);
    }
    if (present > 2) {
        store_code(layer, channel + 2, sums->third, &output[2]);
    }
    if (present > 3) {
        store_code(layer, channel + 3, sums->fourth, &output[3]);
    }
}
`,
  );
