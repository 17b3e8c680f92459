/** Photos of CIFAR-10, from ../shared. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { unzipSync } from "fflate";
import { decode } from "jpeg-js";
import { sharedPath } from "../../shared";
import { samplesOf, type LabelledSamples } from "./data";

const SIDE = 32;
const PIXELS = SIDE * SIDE;
const DIMS = [3, SIDE, SIDE];

/** In the head of arrays with one or four dimensions, whose size is all that is needed of it. */
const NPY_HEADER = 128;

export type Pixels = (value: number, channel: number) => number;

/** @param cache file that keeps the decoded photos */
export function trainingPhotos(cache: string, pixels: Pixels): LabelledSamples {
  if (!existsSync(cache)) {
    mkdirSync(dirname(cache), { recursive: true });
    writeFileSync(cache, decoded());
  }
  const bytes = new Uint8Array(readFileSync(cache));
  const count = bytes.length / (3 * PIXELS + 1);
  const classes = Int32Array.from(bytes.subarray(0, count));
  return samplesOf(bytes.subarray(count), DIMS, classes, pixels);
}

export function testPhotos(pixels: Pixels): LabelledSamples {
  const rows = readFileSync(sharedPath("data/cifar10/test5000-x-u8-nhwc.npy")).subarray(NPY_HEADER);
  const labels = readFileSync(sharedPath("data/cifar10/test5000-y-u8.npy")).subarray(NPY_HEADER);
  const planes = new Uint8Array(rows.length);
  for (let photo = 0; photo < labels.length; photo++) toPlanes(rows, 3, photo * 3 * PIXELS, planes, photo * 3 * PIXELS);
  return samplesOf(planes, DIMS, Int32Array.from(labels), pixels);
}

/** Classes of all photos, then their planes. */
function decoded(): Uint8Array {
  const files = Object.entries(unzipSync(new Uint8Array(readFileSync(sharedPath("data/cifar10/train-50000-jpg.zip")))));
  const names = [...new Set(files.map(([path]) => dirname(path)))].sort();
  const bytes = new Uint8Array(files.length * (3 * PIXELS + 1));
  files.forEach(([path, file], photo) => {
    bytes[photo] = names.indexOf(dirname(path));
    toPlanes(decode(file, { useTArray: true }).data, 4, 0, bytes, files.length + photo * 3 * PIXELS);
  });
  return bytes;
}

function toPlanes(rows: Uint8Array, stride: number, from: number, planes: Uint8Array, at: number): void {
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      planes[at + channel * PIXELS + pixel] = rows[from + pixel * stride + channel];
    }
  }
}
