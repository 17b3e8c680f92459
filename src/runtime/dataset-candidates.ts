/** Finds what in a folder could be calibration data of a model, to offer it. */
import { opendir } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { arrayFits } from "../engine/data/bind";
import type { ModelInput } from "../engine/data/dataset";
import { IMAGE_EXTENSIONS } from "../engine/data/images/decode";
import type { DatasetCandidate } from "../protocol/dataset-candidate";
import { BitwrightError } from "../protocol/errors";
import { readNpy } from "./datasets/array-file";
import { npzNames, openNpzArray } from "./datasets/npz";
import { openBytes, readDataFile } from "./datasets/open-samples";

/** Bounds of the search, so that it ends soon in any workspace. */
const MAX_DEPTH = 5;
const MAX_ENTRIES = 20_000;
const MAX_OPENED = 200;
const MAX_CANDIDATES = 100;

/** Fewer files are no folder of samples. */
const MIN_FOLDER_FILES = 4;

const SKIPPED = new Set(["node_modules", "build", "dist", "out", "target"]);
/** NumPy arrays, and IDX files under the names that the MNIST files have. */
const ARRAY_NAME = /(\.npy|\.idx|-ubyte)(\.gz)?$/i;
const TABLE_EXTENSIONS = [".csv", ".tsv"];

/**
 * Searches a folder and those in it, a few levels deep, for files and folders that fit an input of the model. Headers are
 * read, samples are not; hidden folders and those of build tools are passed over.
 * @param folder absolute
 * @returns sorted by path
 */
export async function findDatasetCandidates(
  folder: string,
  inputs: readonly ModelInput[],
): Promise<DatasetCandidate[]> {
  const search = new Search(folder, inputs);
  await search.visit(folder, 0);
  return search.found.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, MAX_CANDIDATES);
}

class Search {
  readonly found: DatasetCandidate[] = [];
  private entries = 0;
  private opened = 0;

  constructor(
    private readonly root: string,
    private readonly inputs: readonly ModelInput[],
  ) {}

  async visit(folder: string, depth: number): Promise<void> {
    const folders: string[] = [];
    const files: string[] = [];
    try {
      for await (const entry of await opendir(folder)) {
        if (++this.entries > MAX_ENTRIES) break;
        if (entry.name.startsWith(".") || SKIPPED.has(entry.name)) continue;
        if (entry.isDirectory()) folders.push(entry.name);
        else if (entry.isFile()) files.push(entry.name);
      }
    } catch {
      // A folder that may not be listed holds no candidate.
      return;
    }
    this.addFolder(folder, files);
    for (const name of files.sort()) await this.addFile(join(folder, name));
    if (depth === MAX_DEPTH) return;
    for (const name of folders.sort()) await this.visit(join(folder, name), depth + 1);
  }

  private addFolder(folder: string, files: readonly string[]): void {
    const images = files.filter((name) => IMAGE_EXTENSIONS.includes(extname(name).toLowerCase())).length;
    const arrays = files.filter((name) => extname(name).toLowerCase() === ".npy").length;
    if (images >= MIN_FOLDER_FILES && arrays === 0 && this.inputs.some(takesImages)) this.add(folder, "images");
    // Samples, unlike a few arrays that lie together, are many.
    if (arrays >= 4 * MIN_FOLDER_FILES && images === 0) this.add(folder, "arrays");
  }

  private async addFile(path: string): Promise<void> {
    const extension = extname(path).toLowerCase();
    if (TABLE_EXTENSIONS.includes(extension)) {
      if (this.inputs.some(({ shape }) => shape?.length === 2)) this.add(path, "table");
      return;
    }
    if (extension !== ".npz" && !ARRAY_NAME.test(path)) return;
    if (++this.opened > MAX_OPENED) return;
    try {
      if (extension === ".npz" ? await this.archiveFits(path) : await this.fileFits(path)) {
        this.add(path, extension === ".npz" ? "archive" : "array");
      }
    } catch (error) {
      if (!(error instanceof BitwrightError)) throw error;
    }
  }

  private async fileFits(path: string): Promise<boolean> {
    const bytes = await openBytes(path);
    try {
      const data = await readDataFile(path, bytes);
      return data.kind === "array" && this.fits(data.array.header.dims);
    } finally {
      await bytes.close();
    }
  }

  private async archiveFits(path: string): Promise<boolean> {
    for (const name of await npzNames(path)) {
      const bytes = await openNpzArray(path, name);
      try {
        const { header } = await readNpy(bytes);
        if (this.fits(header.dims)) return true;
      } finally {
        await bytes.close();
      }
    }
    return false;
  }

  private fits(dims: readonly number[]): boolean {
    return dims.length > 0 && this.inputs.some((input) => arrayFits(dims, input, null));
  }

  private add(path: string, kind: DatasetCandidate["kind"]): void {
    const shown = relative(this.root, path).split(sep).join("/");
    this.found.push({ path: shown === "" ? "." : shown, kind });
  }
}

/** Two spatial axes, or one grey plane of known size. */
function takesImages({ shape }: ModelInput): boolean {
  return shape === null || shape.length === 4 || shape.length === 3;
}
