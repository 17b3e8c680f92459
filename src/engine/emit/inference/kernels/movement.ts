/** Rearrangements in C: see `program/operations/movement.ts`. */
import type { CodeType } from "../../../program/program";
import { kernel, typedName, type Kernel } from "./kernel";

/** Loops that a rearrangement has; fewer are filled up with loops of one visit. */
export const MAX_LOOPS = 6;

const rearrangementStruct = kernel(
  ["rearrangement"],
  [],
  `
/*
 * Nested loops, outermost first; on the side that is not passed in order, a code is at offset + sum of index * stride.
 */
struct rearrangement {
    int32_t count;
    int32_t offset;
    int32_t sizes[${MAX_LOOPS}];
    int32_t strides[${MAX_LOOPS}];
};
`,
);

const nextPosition = kernel(
  ["next_position"],
  [rearrangementStruct],
  `
/* Moves the innermost loop on, and the loops around it where it begins again. */
static int32_t next_position(const IN_FLASH struct rearrangement *layer, int32_t *counters, int32_t at)
{
    int32_t loop;

    for (loop = ${MAX_LOOPS - 1}; loop >= 0; loop--) {
        at += layer->strides[loop];
        counters[loop]++;
        if (counters[loop] < layer->sizes[loop]) {
            break;
        }
        at -= layer->sizes[loop] * layer->strides[loop];
        counters[loop] = 0;
    }
    return at;
}
`,
);

export function rearrangementKernel(direction: "gather" | "scatter", type: CodeType): Kernel {
  const name = typedName(direction, type);
  const [comment, statement] =
    direction === "gather"
      ? ["/* Writes the output in order and reads the input where the loops say. */", "output[i] = input[at];"]
      : ["/* Reads the input in order and writes the output where the loops say. */", "output[at] = input[i];"];
  return kernel(
    [name],
    [nextPosition],
    `
${comment}
static void ${name}(const IN_FLASH struct rearrangement *layer, const ${type}_t *input, ${type}_t *output)
{
    int32_t counters[${MAX_LOOPS}] = {${Array(MAX_LOOPS).fill("0").join(", ")}};
    int32_t at = layer->offset;
    int32_t i;

    for (i = 0; i < layer->count; i++) {
        ${statement}
        at = next_position(layer, counters, at);
    }
}
`,
  );
}

export function fillKernel(type: CodeType): Kernel {
  const name = typedName("fill", type);
  return kernel(
    [name],
    [],
    `
static void ${name}(${type}_t *output, ${type}_t code, int32_t count)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        output[i] = code;
    }
}
`,
  );
}
