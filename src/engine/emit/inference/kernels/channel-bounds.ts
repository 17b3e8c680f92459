/** Bounds of channels in C: see `program/operations/channel-bounds.ts`. */
import { kernel } from "./kernel";
import { clampCode } from "./requantization";

export const channelBoundsKernel = kernel(
  ["bound_channels"],
  [clampCode],
  `
/* A channel has inner codes side by side; the channels are repeated outer times. */
static void bound_channels(const int8_t *minima, const int8_t *maxima, const int8_t *input, int8_t *output,
                           int32_t outer, int32_t channels, int32_t inner)
{
    for (; outer > 0; outer--) {
        int32_t channel;

        for (channel = 0; channel < channels; channel++) {
            int32_t left;

            for (left = inner; left > 0; left--) {
                *output = (int8_t)clamp_code(*input, minima[channel], maxima[channel]);
                input++;
                output++;
            }
        }
    }
}
`,
);
