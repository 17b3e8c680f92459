/** Archives of NumPy arrays: zip files with one .npy an array, packed or not. */
import type { Readable } from "node:stream";
import { openPromise, type Entry, type ZipFile } from "yauzl";
import { BitwrightError, shownName } from "../../protocol/errors";
import { MAX_UNPACKED_BYTES, missing, StreamBytes, type ByteSource } from "./byte-source";

/** More entries are no archive of arrays. */
const MAX_ENTRIES = 10_000;

const SUFFIX = ".npy";

/**
 * Names of the arrays, in the order of the archive.
 * @throws BitwrightError data-missing, data-invalid
 */
export async function npzNames(path: string): Promise<string[]> {
  return withZip(path, async (zip) => (await arrayEntries(zip)).map(({ fileName }) => nameOf(fileName)));
}

/**
 * The .npy bytes of one array.
 * @throws BitwrightError data-missing, data-invalid
 */
export async function openNpzArray(path: string, name: string): Promise<ByteSource> {
  const zip = await openZip(path);
  try {
    const entry = (await arrayEntries(zip)).find(({ fileName }) => nameOf(fileName) === name);
    if (entry === undefined) {
      throw new BitwrightError("data-missing", `it holds no array "${shownName(name)}"`, "Check the name");
    }
    if (entry.uncompressedSize > MAX_UNPACKED_BYTES) {
      throw new BitwrightError(
        "data-invalid",
        `array "${shownName(name)}" declares ${entry.uncompressedSize} bytes, more than ${MAX_UNPACKED_BYTES}`,
        "Give a part of it",
      );
    }
    return new ZipEntryBytes(zip, entry);
  } catch (error) {
    zip.close();
    throw zipFailure(error);
  }
}

class ZipEntryBytes extends StreamBytes {
  constructor(
    private readonly zip: ZipFile,
    entry: Entry,
  ) {
    const start = (): Promise<Readable> => zip.openReadStreamPromise(entry);
    super(start, entry.uncompressedSize);
  }

  override async close(): Promise<void> {
    await super.close();
    this.zip.close();
  }
}

async function arrayEntries(zip: ZipFile): Promise<Entry[]> {
  if (zip.entryCount > MAX_ENTRIES) {
    throw new BitwrightError(
      "data-invalid",
      `the archive has ${zip.entryCount} entries, more than ${MAX_ENTRIES}`,
      "Give an .npz file with the arrays alone",
    );
  }
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) if (entry.fileName.endsWith(SUFFIX)) entries.push(entry);
  return entries;
}

function nameOf(fileName: string): string {
  return fileName.slice(0, -SUFFIX.length);
}

async function withZip<T>(path: string, work: (zip: ZipFile) => Promise<T>): Promise<T> {
  const zip = await openZip(path);
  try {
    return await work(zip);
  } catch (error) {
    throw zipFailure(error);
  } finally {
    zip.close();
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false, lazyEntries: true });
  } catch (error) {
    throw zipFailure(error);
  }
}

function zipFailure(error: unknown): BitwrightError {
  if (error instanceof BitwrightError) return error;
  if (error instanceof Error && "syscall" in error) return missing(error);
  const detail = error instanceof Error ? error.message : String(error);
  return new BitwrightError("data-invalid", `the archive cannot be read (${shownName(detail)})`, "Save it again");
}
