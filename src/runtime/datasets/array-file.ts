/** Files that hold one array: .npy, IDX and raw binary. */
import { basename } from "node:path";
import { splitSamples } from "../../engine/data/bind";
import { sampleElements, showDims, type ModelInput } from "../../engine/data/dataset";
import { elementBytes, readElements } from "../../engine/data/element-types";
import { IDX_PREFIX_BYTES, parseIdxHeader } from "../../engine/data/idx";
import { npyHeaderBytes, NPY_PREFIX_BYTES, parseNpyHeader, type ArrayHeader } from "../../engine/data/npy";
import type { Preprocessing } from "../../engine/data/settings";
import { BitwrightError } from "../../protocol/errors";
import type { ByteSource } from "./byte-source";
import type { FileSamples } from "./file-samples";

/** An open array, its size checked against its bytes. */
export interface ArrayFile {
  readonly header: ArrayHeader;
  readonly bytes: ByteSource;
}

/** @throws BitwrightError data-invalid */
export async function readNpy(bytes: ByteSource): Promise<ArrayFile> {
  const length = npyHeaderBytes(await bytes.read(0, NPY_PREFIX_BYTES));
  const header = await bytes.read(0, length);
  if (header.length < length) throw new BitwrightError("data-invalid", "it ends inside its header", "Save it again");
  return checked({ header: parseNpyHeader(header), bytes });
}

/** @throws BitwrightError data-invalid */
export async function readIdx(bytes: ByteSource): Promise<ArrayFile> {
  return checked({ header: parseIdxHeader(await bytes.read(0, IDX_PREFIX_BYTES)), bytes });
}

/**
 * A file of little-endian elements without a header: samples one after the other, in the input's shape.
 * @throws BitwrightError data-shape where the input has open dimensions, or the file is no whole number of samples
 */
export function rawArray(bytes: ByteSource, input: ModelInput, settings: Preprocessing): ArrayFile {
  const type = settings.type ?? input.type;
  const open = input.shape === null || input.shape.slice(1).includes(null);
  const shape = input.shape?.slice(1).map((size) => size ?? 0) ?? [];
  if (open) {
    throw new BitwrightError(
      "data-shape",
      `a raw file needs an input of known shape, got ${input.shape === null ? "none" : showDims(input.shape)}`,
      "Save the data as .npy",
    );
  }
  const dims = settings.layout === "NHWC" && shape.length === 3 ? [shape[1], shape[2], shape[0]] : shape;
  const sampleBytes = sampleElements(dims, "sample") * elementBytes(type);
  const count = bytes.size / sampleBytes;
  if (!Number.isInteger(count)) {
    throw new BitwrightError(
      "data-shape",
      `expected a multiple of ${sampleBytes} bytes (${showDims(dims)} of ${type}), got ${bytes.size}`,
      "Check type and the file",
    );
  }
  return { header: { type, littleEndian: true, dims: [count, ...dims], dataOffset: 0 }, bytes };
}

/**
 * The samples of an array.
 * @param path of the file that holds it
 * @throws BitwrightError data-shape
 */
export function arraySamples(
  { header, bytes }: ArrayFile,
  input: ModelInput,
  settings: Preprocessing,
  path: string,
): FileSamples {
  const name = basename(path);
  const { count, dims } = splitSamples(header.dims, input, settings.layout ?? null);
  const sampleBytes = sampleElements(dims, name) * elementBytes(header.type);
  return {
    name,
    count,
    type: header.type,
    dims,
    layout: null,
    files: [path],
    sampleNames: null,
    labels: null,
    notes: [],
    read: async (index, target) => {
      const sample = await bytes.read(header.dataOffset + index * sampleBytes, sampleBytes);
      if (sample.length < sampleBytes) throw shorter().within({ field: name });
      readElements(header.type, sample, header.littleEndian, target);
    },
    close: () => bytes.close(),
  };
}

/** All values of a list, labels for example. */
export async function arrayValues(array: ArrayFile): Promise<Float64Array> {
  const { type, littleEndian, dims } = array.header;
  const values = new Float64Array(sampleElements(dims, "labels"));
  readElements(type, await arrayBytes(array), littleEndian, values);
  return values;
}

/** The elements of a whole array as stored; not for arrays of many samples. */
export async function arrayBytes({ header: { dims, type, dataOffset }, bytes }: ArrayFile): Promise<Uint8Array> {
  const length = dims.reduce((product, size) => product * size, elementBytes(type));
  const data = await bytes.read(dataOffset, length);
  if (data.length < length) throw shorter();
  return data;
}

function checked(array: ArrayFile): ArrayFile {
  const { dims, type, dataOffset } = array.header;
  const length = dims.reduce((product, size) => product * size, elementBytes(type));
  if (dataOffset + length <= array.bytes.size) return array;
  throw new BitwrightError(
    "data-invalid",
    `its header declares ${showDims(dims)} of ${type}, ${dataOffset + length} bytes, and it has ${array.bytes.size}`,
    "The file is cut off; write it again",
  );
}

function shorter(): BitwrightError {
  return new BitwrightError("data-invalid", "it became shorter while it was read", "Try again");
}
