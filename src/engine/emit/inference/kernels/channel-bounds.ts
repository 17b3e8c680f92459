/** Bounds of channels in C: see `program/operations/channel-bounds.ts`. */
import type { CodeType } from "../../../program/program";
import { kernel, typedName, type Kernel } from "./kernel";
import { clampCode } from "./requantization";

export function channelBoundsKernel(type: CodeType): Kernel {
  const name = typedName("bound_channels", type);
  return kernel(
    [name],
    [clampCode],
    `
/* A channel has inner codes side by side; the channels are repeated outer times. */
static void ${name}(const IN_FLASH ${type}_t *minima, const IN_FLASH ${type}_t *maxima, const ${type}_t *input, ${type}_t *output, int32_t outer, int32_t channels, int32_t inner)
{
    for (; outer > 0; outer--) {
        int32_t channel;

        for (channel = 0; channel < channels; channel++) {
            int32_t left;

            for (left = inner; left > 0; left--) {
                *output = (${type}_t)clamp_code(*input, minima[channel], maxima[channel]);
                input++;
                output++;
            }
        }
    }
}
`,
  );
}
