/** Four channels' sums of products over the part of a window that lies inside the input. */
import { kernel, type Kernel } from "./kernel";

const windowStruct = kernel(
  ["window"],
  [],
  `
/*
 * The taps of a window that are inside the input, and their weights: parts of runs, which are inputs that follow one
 * another.
 */
struct window {
    const int8_t *input;
    const IN_FLASH int8_t *weights;
    int32_t offset;
    int32_t parts;
    int32_t part_step;
    int32_t part_weights;
    int32_t runs;
    int32_t run_step;
    int32_t run_weights;
    int32_t run_inputs;
};
`,
);

export const DSP_CONDITION = "#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)";

/** Loops that need every register of a small core are kept out of other functions. */
export const NOT_INLINED = `
#if defined(__GNUC__)
__attribute__((noinline))
#endif`.slice(1);

/** Adds the products of four channels: `input` and `weights` move from the beginning of a run to its end. */
export interface RunSums {
  /** Before all runs. */
  readonly before: readonly string[];
  readonly run: readonly string[];
  /** After all runs. */
  readonly after: readonly string[];
}

/** Where sums stay in variables, `sum0` to `sum3`, from run to run. */
export function sumsInVariables(run: readonly string[]): RunSums {
  const channels = [0, 1, 2, 3];
  return {
    before: channels.map((channel) => `int32_t sum${channel} = sums[${channel}];`),
    run,
    after: channels.map((channel) => `sums[${channel}] = sum${channel};`),
  };
}

/**
 * The function `sum_<name>`.
 * @param dsp what is compiled instead where there are DSP instructions
 */
export function windowSums(name: string, needs: readonly Kernel[], portable: RunSums, dsp?: RunSums): Kernel {
  const lines = (sums: RunSums) => definition(name, sums);
  const text =
    dsp === undefined ? lines(portable) : [DSP_CONDITION, ...lines(dsp), "#else", ...lines(portable), "#endif"];
  return kernel(
    [`sum_${name}`],
    [windowStruct, ...needs],
    ["/* Adds the products of inputs and the weights of four channels to their sums. */", NOT_INLINED, ...text].join(
      "\n",
    ),
  );
}

function definition(name: string, { before, run, after }: RunSums): string[] {
  const indented = (lines: readonly string[], depth: number) =>
    lines.map((line) => (line === "" ? line : " ".repeat(depth) + line));
  return [
    `static void sum_${name}(const struct window *window, const int8_t *run, const IN_FLASH int8_t *run_weights, int32_t *sums)`,
    "{",
    ...indented(before, 4),
    "    int32_t runs;",
    "",
    "    for (runs = window->runs; runs > 0; runs--) {",
    "        const int8_t *input = run;",
    "        const int8_t *end = &run[window->run_inputs];",
    "        const IN_FLASH int8_t *weights = run_weights;",
    ...indented(run, 8),
    "        run += window->run_step;",
    "        run_weights += window->run_weights;",
    "    }",
    ...indented(after, 4),
    "}",
  ];
}
