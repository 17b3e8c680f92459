/** Rearrangements in C: see `program/operations/movement.ts`. */
import { kernel, type Kernel } from "./kernel";

/** Loops that a rearrangement has; fewer are filled up with loops of one visit. */
export const MAX_LOOPS = 6;

const rearrangementStruct = kernel(
  ["rearrangement"],
  [],
  `
/* Nested loops, outermost first; on the side that is not passed in order, a code is at offset + sum of index * stride. */
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
static int32_t next_position(const struct rearrangement *layer, int32_t *counters, int32_t at)
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

function rearrangementKernel(name: "gather" | "scatter"): Kernel {
  const [comment, statement] =
    name === "gather"
      ? ["/* Writes the output in order and reads the input where the loops say. */", "output[i] = input[at];"]
      : ["/* Reads the input in order and writes the output where the loops say. */", "output[at] = input[i];"];
  return kernel(
    [name],
    [nextPosition],
    `
${comment}
static void ${name}(const struct rearrangement *layer, const int8_t *input, int8_t *output)
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

export const gatherKernel = rearrangementKernel("gather");
export const scatterKernel = rearrangementKernel("scatter");

export const fillKernel = kernel(
  ["fill"],
  [],
  `
static void fill(int8_t *output, int8_t code, int32_t count)
{
    int32_t i;

    for (i = 0; i < count; i++) {
        output[i] = code;
    }
}
`,
);
