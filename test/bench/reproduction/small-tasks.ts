/** The tasks of Köksal et al., on data that can be had today. */
import { readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { normalNumbers, uniformNumbers } from "../../../src/engine/random-numbers";
import { shuffledOrder } from "../../../src/engine/training/shuffle";
import { sharedPath } from "../../shared";
import { elementsIn } from "./data";
import type { Examples, Task } from "./network";

/** In the head of all these NumPy files. */
const NPY_HEADER = 128;

const HIDDEN = 10;

/**
 * One period of a sine with noise of deviation 0.2; another seed draws other samples. Many validate, since networks differ by
 * hundredths of the error.
 */
export function regression(seed: number): Task {
  return {
    sizes: [1, 4, 1],
    loss: "mean-squared-error",
    training: sine(200, 3 * seed),
    validation: sine(1000, 3 * seed + 1),
    test: sine(2000, 3 * seed + 2),
  };
}

/** Log-periodograms of five phonemes, standardized; the first 600 of the test samples, by the seed's order. */
export function phonemes(seed: number): Task {
  const read = (part: string) => {
    const bytes = readFileSync(sharedPath(`data/phoneme/${part}-x-f32.npy`));
    const values = new Float32Array(new Uint8Array(bytes).buffer, NPY_HEADER);
    return { values, classes: readFileSync(sharedPath(`data/phoneme/${part}-y-u8.npy`)).subarray(NPY_HEADER) };
  };
  const [training, test] = [read("train"), read("test")];
  const mean = training.values.reduce((sum, value) => sum + value, 0) / training.values.length;
  const variance = training.values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / training.values.length;
  const standardized = (values: Float32Array) => values.map((value) => (value - mean) / Math.sqrt(variance));
  const order = shuffledOrder(test.classes.length, seed, 0).subarray(0, 600);
  const own = [...shuffledOrder(training.classes.length, seed, 1)];
  const inputs = standardized(training.values);
  return {
    sizes: [256, HIDDEN, 5],
    loss: "cross-entropy",
    training: rows(inputs, training.classes, own.slice(500)),
    validation: rows(inputs, training.classes, own.slice(0, 500)),
    test: rows(standardized(test.values), test.classes, [...order]),
  };
}

/** Bitmaps of 16×16: 600 of 1,200 train, the others test; the seed decides which. The 393 of other writers validate. */
export function digits(seed: number): Task {
  const files = unzipSync(new Uint8Array(readFileSync(sharedPath("data/semeion/semeion.npz"))));
  const values = Float32Array.from(files["x.npy"].subarray(NPY_HEADER), (bit) => 2 * bit - 1);
  const classes = files["y.npy"].subarray(NPY_HEADER);
  const order = [...shuffledOrder(1200, seed, 0)];
  return {
    sizes: [256, HIDDEN, 10],
    loss: "cross-entropy",
    training: rows(values, classes, order.slice(0, 600)),
    validation: rows(
      values,
      classes,
      Array.from({ length: classes.length - 1200 }, (_, i) => 1200 + i),
    ),
    test: rows(values, classes, order.slice(600)),
  };
}

function sine(count: number, seed: number): Examples {
  const uniform = uniformNumbers(seed);
  const normal = normalNumbers(seed + 1000);
  const inputs = Float32Array.from({ length: count }, () => 2 * uniform() - 1);
  const targets = inputs.map((x) => Math.sin(Math.PI * x) + 0.2 * normal());
  const tensor = (data: Float32Array) => ({ type: "float32", dims: [count, 1], data });
  return { inputs: tensor(inputs), targets: tensor(targets) };
}

function rows(values: Float32Array, classes: Uint8Array, indices: readonly number[]): Examples {
  const size = values.length / classes.length;
  const dims = [indices.length, size];
  const data = new Float32Array(elementsIn(dims));
  indices.forEach((index, row) => data.set(values.subarray(index * size, (index + 1) * size), row * size));
  const labels = BigInt64Array.from(indices, (index) => BigInt(classes[index]));
  return {
    inputs: { type: "float32", dims, data },
    targets: { type: "int64", dims: [indices.length], data: labels },
  };
}
