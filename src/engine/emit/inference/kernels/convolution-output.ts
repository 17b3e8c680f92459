/** From the sums of output channels to their codes. */
import { convolutionStruct } from "./convolution-layer";
import { kernel, type Kernel } from "./kernel";
import { clampCode } from "./requantization";

export const outputCode = (requantize: Kernel): Kernel =>
  kernel(
    ["output_code"],
    [convolutionStruct, clampCode, requantize],
    `
static inline int8_t output_code(const IN_FLASH struct convolution *layer, int32_t channel, int32_t sum)
{
    const int32_t scaled = requantize(sum, layer->multipliers[channel], layer->shifts[channel]);

    return (int8_t)clamp_code(layer->output_offset + scaled, layer->activation_min, layer->activation_max);
}
`,
  );

/** All four codes are there before the first is stored: stores could change the layer, as far as a compiler can tell. */
export const storeFour = (requantize: Kernel): Kernel =>
  kernel(
    ["store_four"],
    [outputCode(requantize)],
    `
/* The codes of four channels that follow one another. */
static inline void store_four(const IN_FLASH struct convolution *layer, int32_t channel, const int32_t *sums, int8_t *output)
{
    const int8_t code0 = output_code(layer, channel, sums[0]);
    const int8_t code1 = output_code(layer, channel + 1, sums[1]);
    const int8_t code2 = output_code(layer, channel + 2, sums[2]);
    const int8_t code3 = output_code(layer, channel + 3, sums[3]);

    output[0] = code0;
    output[1] = code1;
    output[2] = code2;
    output[3] = code3;
}
`,
  );
