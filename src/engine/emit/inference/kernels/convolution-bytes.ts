/** Sums of products, one input at a time: for channels that are not multiples of four. */
import { sumsInVariables, windowSums } from "./convolution-window";

const offset = "const int32_t offset = window->offset;";

const { before, ...sums } = sumsInVariables([
  "",
  "while (input < end) {",
  "    const int32_t value = *input + offset;",
  "",
  ...[0, 1, 2, 3].map((channel) => `    sum${channel} += value * weights[${channel}];`),
  "    input++;",
  "    weights += 4;",
  "}",
]);

export const sumBytes = windowSums("bytes", [], { ...sums, before: [offset, ...before] });
