/** Windows in C: which taps of a kernel lie inside the input. */
import { kernel } from "./kernel";

export const tapsInside = kernel(
  ["taps", "taps_inside"],
  [],
  `
/* The part of a window that lies inside the input: indices into the kernel, from first to before end. */
struct taps {
    int32_t first;
    int32_t end;
};

/* origin is where the first tap would be; size counts the input's positions. */
static struct taps taps_inside(int32_t origin, int32_t dilation, int32_t kernel, int32_t size)
{
    struct taps inside = {0, kernel};

    while ((inside.first < kernel) && ((origin + (inside.first * dilation)) < 0)) {
        inside.first++;
    }
    while ((inside.end > inside.first) && ((origin + ((inside.end - 1) * dilation)) >= size)) {
        inside.end--;
    }
    return inside;
}
`,
);

/**
 * The beginning of the loops over the outputs of a layer whose structure has the members of a window: `top` and `left` are
 * where the window's first tap would be, `rows` and `columns` what of it lies inside the input.
 */
export const LOOP_OVER_WINDOWS = `
    for (y = 0; y < layer->output_height; y++) {
        const int32_t top = (y * layer->stride_height) - layer->pad_top;
        const struct taps rows = taps_inside(top, layer->dilation_height, layer->kernel_height, layer->input_height);

        for (x = 0; x < layer->output_width; x++) {
            const int32_t left = (x * layer->stride_width) - layer->pad_left;
            const struct taps columns =
                taps_inside(left, layer->dilation_width, layer->kernel_width, layer->input_width);`.slice(1);
