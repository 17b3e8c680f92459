/** Tells what kind of data a path is, and opens it. */
import { statSync } from "node:fs";
import { basename, extname } from "node:path";
import { arrayFits } from "../../engine/data/bind";
import type { ModelInput } from "../../engine/data/dataset";
import { isIdx } from "../../engine/data/idx";
import { IMAGE_EXTENSIONS } from "../../engine/data/images/decode";
import { resizedSource } from "../../engine/data/images/fit";
import type { Preprocessing } from "../../engine/data/settings";
import { BitwrightError, shownName } from "../../protocol/errors";
import { arrayFolder } from "./array-folder";
import { arraySamples, rawArray, readIdx, readNpy, type ArrayFile } from "./array-file";
import { missing, openFile, openGzip, type ByteSource } from "./byte-source";
import { csvSamples, readCsvTable, type CsvTable } from "./csv-file";
import type { FileSamples } from "./file-samples";
import { listFolder } from "./folder";
import { imageFolder } from "./image-folder";
import { npzNames, openNpzArray } from "./npz";

const TABLE_EXTENSIONS = [".csv", ".tsv", ".txt"];

/** What a file holds, open. */
export type DataFile =
  | { readonly kind: "array"; readonly array: ArrayFile }
  | { readonly kind: "table"; readonly table: CsvTable }
  | { readonly kind: "unknown"; readonly bytes: ByteSource };

/** A path, and the array of an archive that it names: `digits.npz#x`. */
export function splitArrayName(path: string): { readonly path: string; readonly array: string | null } {
  const match = /^(.*\.npz)#(.+)$/is.exec(path);
  return match === null ? { path, array: null } : { path: match[1], array: match[2] };
}

export function isArchive(path: string): boolean {
  return extname(path).toLowerCase() === ".npz";
}

/**
 * Opens the samples at a path for one input.
 * @throws BitwrightError data-missing, data-invalid, data-shape, that name the file
 */
export async function openSamples(path: string, input: ModelInput, settings: Preprocessing): Promise<FileSamples> {
  const place = { field: shownName(basename(path)) };
  try {
    return await openUnnamed(path, input, settings);
  } catch (error) {
    throw error instanceof BitwrightError ? error.within(place) : error;
  }
}

async function openUnnamed(path: string, input: ModelInput, settings: Preprocessing): Promise<FileSamples> {
  const { path: file, array } = splitArrayName(path);
  if (isFolder(file)) return openFolder(file, input, settings);
  if (isArchive(file)) {
    const bytes = await openNpzArray(file, array ?? (await arrayFor(file, input, settings)));
    const open = async (): Promise<FileSamples> => arraySamples(await readNpy(bytes), input, settings, file);
    return resized(await closingOnError(bytes, open), settings);
  }
  const bytes = await openBytes(file);
  const samples = await closingOnError(bytes, async () => {
    const raw = settings.type !== undefined && !isSelfDescribing(file);
    const data: DataFile = raw ? { kind: "unknown", bytes } : await readDataFile(file, bytes);
    if (data.kind === "array") return arraySamples(data.array, input, settings, file);
    if (data.kind === "table") return csvSamples(data.table, file);
    if (settings.type !== undefined) return arraySamples(rawArray(bytes, input, settings), input, settings, file);
    throw new BitwrightError(
      "data-invalid",
      "it is no .npy, .npz, IDX or CSV file",
      "For a raw binary file set type to that of its elements",
    );
  });
  return resized(samples, settings);
}

/**
 * Reads the header of a file, or its lines.
 * @throws BitwrightError data-invalid
 */
export async function readDataFile(path: string, bytes: ByteSource): Promise<DataFile> {
  const prefix = await bytes.read(0, 8);
  if (prefix[0] === 0x93 && prefix[1] === 0x4e) return { kind: "array", array: await readNpy(bytes) };
  if (TABLE_EXTENSIONS.includes(innerExtension(path))) return { kind: "table", table: await readCsvTable(bytes) };
  if (isIdx(prefix)) return { kind: "array", array: await readIdx(bytes) };
  return { kind: "unknown", bytes };
}

/**
 * The bytes of a file, unpacked where it is a gzip file.
 * @throws BitwrightError data-missing, data-invalid
 */
export async function openBytes(path: string): Promise<ByteSource> {
  const file = await openFile(path);
  const prefix = await closingOnError(file, () => file.read(0, 2));
  if (prefix[0] !== 0x1f || prefix[1] !== 0x8b) return file;
  await file.close();
  return openGzip(path);
}

/** Runs `work`, and closes the bytes if it fails. */
export async function closingOnError<T>(bytes: ByteSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

function resized(samples: FileSamples, settings: Preprocessing): FileSamples {
  return { ...samples, ...resizedSource(samples, settings, settings.layout ?? null) };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw missing(error);
  }
}

function innerExtension(path: string): string {
  const name = path.toLowerCase();
  return extname(name.endsWith(".gz") ? name.slice(0, -3) : name);
}

/** Files whose element type is not for the recipe to say. */
function isSelfDescribing(path: string): boolean {
  return [".npy", ...TABLE_EXTENSIONS].includes(innerExtension(path));
}

async function openFolder(folder: string, input: ModelInput, settings: Preprocessing): Promise<FileSamples> {
  const images = listFolder(folder, IMAGE_EXTENSIONS);
  const arrays = listFolder(folder, [".npy"]);
  if (images.names.length > 0 && arrays.names.length > 0) {
    throw new BitwrightError(
      "data-invalid",
      `the folder holds ${images.names.length} images and ${arrays.names.length} .npy files`,
      "Give a folder with samples of one kind",
    );
  }
  if (images.names.length > 0) return imageFolder(folder, images, input, settings);
  if (arrays.names.length > 0) return resized(await arrayFolder(folder, arrays), settings);
  throw new BitwrightError(
    "data-missing",
    "the folder holds no PNG, JPEG, BMP or .npy files",
    "Give a folder of samples, or of one sub-folder a class",
  );
}

/** The array of an archive that is meant for an input: the only one, the one of its name, or the only one that fits. */
async function arrayFor(path: string, input: ModelInput, settings: Preprocessing): Promise<string> {
  const names = await npzNames(path);
  if (names.length === 1) return names[0];
  if (names.includes(input.name)) return input.name;
  const fitting: string[] = [];
  for (const name of names) if (await fits(path, name, input, settings)) fitting.push(name);
  if (fitting.length === 1) return fitting[0];
  const shown = names.slice(0, 8).map((name) => `"${shownName(name)}"`);
  throw new BitwrightError(
    "data-shape",
    `expected one array for input "${shownName(input.name)}", got ${fitting.length} that fit among ${shown.join(", ")}`,
    `Name it: ${shownName(basename(path))}#${shownName(names.at(0) ?? "name")}`,
  );
}

async function fits(path: string, name: string, input: ModelInput, settings: Preprocessing): Promise<boolean> {
  const bytes = await openNpzArray(path, name);
  try {
    const { header } = await readNpy(bytes);
    return arrayFits(header.dims, input, settings.layout ?? null);
  } catch (error) {
    if (error instanceof BitwrightError) return false;
    throw error;
  } finally {
    await bytes.close();
  }
}
