/**
 * Replaces files so that a reader, a build or a killed process never meets a partial one: all bytes go to temporary files in the
 * folders of their targets, are flushed to the disk, and are renamed over the old files only when every one of them is complete.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { errnoOf } from "./errno";
import { writeFailure } from "./write-failure";

/** Name of a temporary file; the number is the process that writes it. */
export const TEMPORARY_FILE = /^\.bitwright-(\d+)-\d+\.tmp$/;

export interface NewFile {
  /** Absolute; made where it is missing. */
  readonly directory: string;
  /** Below the folder. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A file on its way: its bytes, the old file's second name, and where it goes. */
interface Staged {
  readonly directory: string;
  readonly temporary: string;
  readonly backup: string;
  readonly target: string;
}

/**
 * Writes all files or none, in any number of folders.
 * @throws BitwrightError output-read-only, output-not-directory, output-missing, output-failed, disk-full
 */
export function replaceFiles(files: readonly NewFile[]): void {
  const directories = [...new Set(files.map(({ directory }) => directory))];
  const made: string[] = [];
  const staged: Staged[] = [];
  try {
    for (const directory of directories) {
      inFolder(directory, () => {
        if (mkdirSync(directory, { recursive: true }) !== undefined) made.push(directory);
      });
      removeAbandoned(directory);
    }
    files.forEach(({ directory, path, bytes }, index) => {
      const name = (part: number): string => join(directory, `.bitwright-${process.pid}-${2 * index + part}.tmp`);
      staged.push({ directory, temporary: name(0), backup: name(1), target: join(directory, path) });
      inFolder(directory, () => {
        writeDurably(name(0), bytes);
      });
    });
    putInPlace(staged);
  } catch (error) {
    for (const { temporary, backup } of staged) {
      rmSync(temporary, { force: true });
      rmSync(backup, { force: true });
    }
    for (const directory of made) removeEmpty(directory);
    throw error;
  }
  directories.forEach(flushFolder);
}

/** Removes temporary files of processes that were killed while writing, as far as the folder lets. */
export function removeAbandoned(directory: string): void {
  try {
    for (const name of readdirSync(directory)) {
      const writer = TEMPORARY_FILE.exec(name)?.[1];
      if (writer !== undefined && !isAlive(Number(writer))) rmSync(join(directory, name), { force: true });
    }
  } catch {
    // Nothing depends on it.
  }
}

/** Renames; if one file cannot be put in place (on Windows, while a compiler reads the old one), all old ones come back. */
function putInPlace(staged: readonly Staged[]): void {
  const old = staged.filter(({ target }) => existsSync(target));
  for (const { directory, target, backup } of old) {
    inFolder(directory, () => {
      linkOrCopy(target, backup);
    });
  }
  const replaced: Staged[] = [];
  try {
    for (const file of staged) {
      inFolder(file.directory, () => {
        renameSync(file.temporary, file.target);
      });
      replaced.push(file);
    }
  } catch (error) {
    for (const file of replaced) {
      if (old.includes(file)) renameSync(file.backup, file.target);
      else rmSync(file.target, { force: true });
    }
    throw error;
  }
  for (const { backup } of old) rmSync(backup, { force: true });
}

function inFolder(directory: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw writeFailure(error, directory);
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // file systems without hard links
  }
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "wx");
  try {
    for (let written = 0; written < bytes.length;) {
      written += writeSync(file, bytes, written, bytes.length - written);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function isAlive(processId: number): boolean {
  if (processId === process.pid) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Somebody else wrote there meanwhile.
  }
}

/** Makes the renames durable; platforms that cannot open folders do without. */
function flushFolder(directory: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(directory, "r");
  try {
    fsyncSync(folder);
  } catch {
    // Some network file systems refuse; the files themselves are flushed.
  } finally {
    closeSync(folder);
  }
}
