/** Sums of gates in C: see `program/operations/recurrent.ts`. */
import { kernel, type Kernel } from "./kernel";
import { runKernel, variantName, type SumVariant } from "./decoded-sums";
import { requantizationCall } from "./wide-requantization";

/** Members of the structure behind those of the weights. */
const ROW_MEMBERS = ["inputs", "input_offset", "activation_min", "activation_max"];

/** The function `sum_gate_<variant>`: one row of weights. @param requantize the program's kernel of that name */
export function gateSumKernel(variant: SumVariant, requantize: Kernel): Kernel {
  const name = variantName(variant);
  const { kernels, multiplies, clamp, expression } = requantizationCall(variant.requantization, requantize);
  const wide = variant.sumBits === 64 ? "(int64_t)" : "";
  const bias = variant.shiftedBias
    ? `(${wide}layer->bias[channel] * ((int64_t)1 << layer->bias_shifts[channel]))`
    : "layer->bias[channel]";
  return kernel(
    [`sum_gate_${name}`],
    [...kernels, runKernel(variant, multiplies, "[directions][gates][units][inputs]", ROW_MEMBERS)],
    `
/* One gate of one unit, in steps of 2^-16. */
static int32_t sum_gate_${name}(const IN_FLASH struct sums_${name} *layer, int32_t channel, const ${variant.input}_t *input)
{
    const int${variant.sumBits}_t sum = ${bias} + add_run_${name}(layer, channel, 0, input, layer->inputs);

    return ${clamp}(${expression}, layer->activation_min,
                      layer->activation_max);
}
`,
  );
}
