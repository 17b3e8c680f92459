/** Folders with a file a sample, directly or in one sub-folder a class. */
import { readdirSync, type Dirent } from "node:fs";
import { extname, join } from "node:path";
import { folderClasses } from "../../engine/data/labels";
import { BitwrightError, shownName } from "../../protocol/errors";
import { missing } from "./byte-source";

/** More files in one data set are a mistaken path. */
const MAX_FILES = 2_000_000;

export interface FolderListing {
  /** Relative to the folder, with forward slashes; sorted by name, classes in turn. */
  readonly names: readonly string[];
  /** Class of every file; null where they stand in no sub-folders. */
  readonly labels: Float64Array | null;
  readonly notes: readonly string[];
}

/**
 * Lists the files with one of the extensions. Files of the folder itself hide those in sub-folders. Sub-folders are classes:
 * the first file of each comes before the second of any, so that the first samples are of all classes.
 * @param extensions lower case
 * @throws BitwrightError data-missing
 */
export function listFolder(folder: string, extensions: readonly string[]): FolderListing {
  const entries = read(folder);
  const direct = filesOf(entries, extensions);
  if (direct.length > 0) return { names: direct, labels: null, notes: [] };
  const classes = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => ({ name, files: filesOf(read(join(folder, name)), extensions) }))
    .filter(({ files }) => files.length > 0)
    .sort((a, b) => order(a.name, b.name));
  const numbers = folderClasses(classes.map(({ name }) => name));
  const names: string[] = [];
  const labels: number[] = [];
  const longest = classes.reduce((most, { files }) => Math.max(most, files.length), 0);
  for (let i = 0; i < longest; i++) {
    for (const { name, files } of classes) {
      if (i >= files.length) continue;
      names.push(`${name}/${files[i]}`);
      labels.push(numbers.get(name) ?? 0);
    }
  }
  if (names.length > MAX_FILES) {
    throw new BitwrightError("data-invalid", `the folder holds more than ${MAX_FILES} files`, "Give a part of it");
  }
  const shown = classes.slice(0, 3).map(({ name }) => `"${shownName(name)}" is ${numbers.get(name) ?? 0}`);
  const more = classes.length > shown.length ? ", …" : "";
  const note = `The ${classes.length} sub-folders are taken as classes: ${shown.join(", ")}${more}`;
  return { names, labels: Float64Array.from(labels), notes: names.length === 0 ? [] : [note] };
}

function read(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw missing(error);
  }
}

function filesOf(entries: readonly Dirent[], extensions: readonly string[]): string[] {
  return entries
    .filter((entry) => !entry.isDirectory() && extensions.includes(extname(entry.name).toLowerCase()))
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("."))
    .sort(order);
}

/** By UTF-16 code units: the same on every machine, whatever its language. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
