/** Labelled samples in memory, as training takes them. */
import { createHash } from "node:crypto";
import type { TrainingData } from "../../../src/engine/training/train";

/** Images or vectors of one kind with their classes. */
export interface LabelledSamples {
  readonly count: number;
  /** Of one sample. */
  readonly dims: readonly number[];
  /** Writes a sample as the network takes it. */
  readonly write: (sample: number, target: Float32Array, at: number) => void;
  readonly classes: Int32Array;
}

/** Samples of `elements` as they are, or each element by a function of its value and its channel's number. */
export function samplesOf(
  elements: Uint8Array | Float32Array,
  dims: readonly number[],
  classes: Int32Array,
  scale: (value: number, channel: number) => number = (value) => value,
): LabelledSamples {
  const size = elementsIn(dims);
  const plane = size / dims[0];
  return {
    count: elements.length / size,
    dims,
    classes,
    write: (sample, target, at) => {
      const from = sample * size;
      for (let i = 0; i < size; i++) target[at + i] = scale(elements[from + i], Math.floor(i / plane));
    },
  };
}

/** Some of the samples. */
export function chosen(all: LabelledSamples, indices: readonly number[]): LabelledSamples {
  return {
    ...all,
    count: indices.length,
    classes: Int32Array.from(indices, (index) => all.classes[index]),
    write: (sample, target, at) => all.write(indices[sample], target, at),
  };
}

/** For a network with one input. @param id what the samples are */
export function trainingData(samples: LabelledSamples, input: string, id: string): TrainingData {
  const { count, dims, classes } = samples;
  const size = elementsIn(dims);
  return {
    samples: {
      count,
      fixedBatch: null,
      digest: () => Promise.resolve(sha256(new TextEncoder().encode(id))),
      read: (start, length) => {
        const data = new Float32Array(length * size);
        for (let i = 0; i < length; i++) samples.write(start + i, data, i * size);
        return Promise.resolve({ [input]: { type: "float32", dims: [length, ...dims], data } });
      },
    },
    targets: { kind: "classes", classes },
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function elementsIn(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}
