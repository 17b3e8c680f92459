/** Random numbers in place of data: for trying things out. What they show is no property of the model. */
import { BitwrightError, shownName } from "../../protocol/errors";
import { normalNumbers, scrambled, uniformNumbers } from "../random-numbers";
import type { RuntimeTensor } from "../runtime";
import { checkRange } from "./assemble";
import { showDims, type Dataset, type ModelInput } from "./dataset";
import { allocateElements, elementRange, isFloatElement, writeElements, type ElementType } from "./element-types";

/**
 * Samples of independent values: normal with mean 0 and standard deviation 1 for float inputs, uniform over the type for
 * 8 bits and bool, 0 or 1 for wider integers, which often are indices. The same seed gives the same samples, in whatever
 * order they are read.
 * @param seed 0 … 2^32 − 1
 * @throws BitwrightError data-shape where dimensions other than the first are open
 */
export function randomDataset(inputs: readonly ModelInput[], samples: number, seed: number): Dataset {
  const shaped = inputs.map((input) => ({ input, dims: sampleDims(input) }));
  const fixed = inputs.map(fixedBatchOf).find((batch) => batch !== null) ?? null;
  const count = fixed === null ? samples : Math.max(fixed, samples - (samples % fixed));
  return {
    count,
    notes: [`Random numbers (seed ${seed}) stand in for data: no figure made with them says anything about the model`],
    labels: null,
    random: true,
    fixedBatch: fixed,
    read: (start, length) => {
      checkRange(start, length, count, fixed);
      const feeds = shaped.map(({ input, dims }, index): [string, RuntimeTensor] => [
        input.name,
        randomTensor(input, dims, start, length, (sample) => mix(seed, index, sample)),
      ]);
      return Promise.resolve(Object.fromEntries(feeds));
    },
    close: () => Promise.resolve(),
  };
}

/** An input of a single value takes one sample a run. */
function fixedBatchOf({ shape }: ModelInput): number | null {
  return shape === null ? null : shape.length === 0 ? 1 : shape[0];
}

function sampleDims({ name, shape }: ModelInput): number[] {
  const dims: number[] = [];
  const sizes = shape === null ? [null] : shape.slice(1);
  for (const size of sizes) {
    if (size === null) {
      throw new BitwrightError(
        "data-shape",
        `the input is ${shape === null ? "of unknown shape" : showDims(shape)}, and random numbers need every size but the first`,
        "Give data, which settle the open sizes",
        { field: `input "${shownName(name)}"` },
      );
    }
    dims.push(size);
  }
  return dims;
}

function randomTensor(
  { type, shape }: ModelInput,
  dims: readonly number[],
  start: number,
  length: number,
  seedOf: (sample: number) => number,
): RuntimeTensor {
  const values = new Float64Array(dims.reduce((product, size) => product * size, 1));
  const data = allocateElements(type, length * values.length);
  for (let i = 0; i < length; i++) {
    fill(values, type, seedOf(start + i));
    writeElements(type, values, data, i * values.length);
  }
  return { type, dims: shape?.length === 0 ? [] : [length, ...dims], data };
}

function fill(values: Float64Array, type: ElementType, seed: number): void {
  if (isFloatElement(type)) {
    const normal = normalNumbers(seed);
    for (let i = 0; i < values.length; i++) values[i] = normal();
    return;
  }
  const next = uniformNumbers(seed);
  const { min, max } = elementRange(type);
  const wide = max > 255;
  const low = wide ? 0 : min;
  const span = wide ? 2 : max - min + 1;
  for (let i = 0; i < values.length; i++) values[i] = low + Math.floor(next() * span);
}

/** A seed of its own for every sample of every input. */
function mix(seed: number, input: number, sample: number): number {
  return scrambled(scrambled(scrambled(seed) + input) + sample);
}
