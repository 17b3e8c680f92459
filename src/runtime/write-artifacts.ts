/**
 * Writes artifacts so that a reader, a build or a killed process never meets a partial file: all bytes go to temporary files in the
 * same folder, are flushed to the disk, and are renamed over the old files only when every one of them is complete.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Artifact } from "../engine/artifact";
import { isOwnFile } from "../engine/emit/banner";
import { BitwrightError, type ErrorCode } from "../protocol/errors";
import { errnoOf } from "./errno";

/** Name of a temporary file; the number is the process that writes it. */
const TEMPORARY = /^\.bitwright-(\d+)-\d+\.tmp$/;

export interface WriteResult {
  /** Absolute paths of all artifacts. */
  readonly files: readonly string[];
  /** Those whose bytes changed. */
  readonly written: readonly string[];
}

/** Artifacts whose file is missing or has other bytes, as absolute paths. Writes nothing. */
export function staleArtifacts(directory: string, artifacts: readonly Artifact[]): string[] {
  return artifacts
    .filter(({ path, bytes }) => {
      const existing = readExisting(join(directory, path));
      return existing === null || !sameBytes(existing, bytes);
    })
    .map(({ path }) => join(directory, path));
}

/**
 * Writes what differs, all or nothing. The folder is made where only it is missing; its parent must exist.
 * @throws BitwrightError output-missing, output-not-directory, output-read-only, output-foreign, output-failed, disk-full
 */
export function writeArtifacts(directory: string, artifacts: readonly Artifact[]): WriteResult {
  try {
    checkFolder(directory);
    const stale = new Set(staleArtifacts(directory, artifacts));
    const changed = artifacts.filter(({ path }) => stale.has(join(directory, path)));
    for (const { path } of changed) refuseForeign(join(directory, path));
    if (changed.length > 0) writeAll(directory, changed);
    return { files: artifacts.map(({ path }) => join(directory, path)), written: [...stale] };
  } catch (error) {
    throw writeFailure(error, directory);
  }
}

/**
 * Replaces one file that is the user's own to change, a recipe file for example, as safely as artifacts are written.
 * @throws BitwrightError output-read-only, output-failed, disk-full
 */
export function replaceFile(path: string, bytes: Uint8Array): void {
  try {
    writeAll(dirname(path), [{ path: basename(path), bytes }]);
  } catch (error) {
    throw writeFailure(error, dirname(path));
  }
}

/** An artifact on its way: its bytes, the old file's second name, and where it goes. */
interface Staged {
  readonly temporary: string;
  readonly backup: string;
  readonly target: string;
}

function writeAll(directory: string, artifacts: readonly Artifact[]): void {
  const madeFolder = mkdirSync(directory, { recursive: true }) !== undefined;
  removeAbandoned(directory);
  const staged: Staged[] = [];
  try {
    artifacts.forEach(({ path, bytes }, index) => {
      const name = (part: number): string => join(directory, `.bitwright-${process.pid}-${2 * index + part}.tmp`);
      staged.push({ temporary: name(0), backup: name(1), target: join(directory, path) });
      writeDurably(name(0), bytes);
    });
    replaceAll(staged);
  } catch (error) {
    for (const { temporary, backup } of staged) {
      rmSync(temporary, { force: true });
      rmSync(backup, { force: true });
    }
    if (madeFolder) removeEmpty(directory);
    throw error;
  }
  flushFolder(directory);
}

/** Puts the new files in place; if one cannot be (on Windows, while a compiler reads the old one), all old ones come back. */
function replaceAll(staged: readonly Staged[]): void {
  const old = staged.filter(({ target }) => existsSync(target));
  for (const { target, backup } of old) linkOrCopy(target, backup);
  const replaced: Staged[] = [];
  try {
    for (const file of staged) {
      renameSync(file.temporary, file.target);
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

function checkFolder(directory: string): void {
  const existing = statSync(directory, { throwIfNoEntry: false });
  if (existing !== undefined) {
    if (!existing.isDirectory()) throw outputError("output-not-directory", directory, "it is a file", "Name a folder");
    return;
  }
  if (statSync(dirname(directory), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw outputError(
      "output-missing",
      directory,
      "neither it nor the folder above it exists",
      "Check the path or make the folder",
    );
  }
}

function refuseForeign(path: string): void {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return;
  const existing = entry.isFile() ? readExisting(path) : null;
  if (existing !== null && isOwnFile(existing)) return;
  throw outputError(
    "output-foreign",
    path,
    "it exists and was not generated by Bitwright",
    "Move it away, or choose another name or folder",
  );
}

/** Temporary files of processes that were killed while writing. */
function removeAbandoned(directory: string): void {
  for (const name of readdirSync(directory)) {
    const writer = TEMPORARY.exec(name)?.[1];
    if (writer !== undefined && !isAlive(Number(writer))) rmSync(join(directory, name), { force: true });
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
  if (readdirSync(directory).length === 0) rmSync(directory, { recursive: true });
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

function readExisting(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function writeFailure(error: unknown, directory: string): BitwrightError {
  if (error instanceof BitwrightError) return error;
  const errno = errnoOf(error);
  switch (errno) {
    case "ENOSPC":
    case "EDQUOT":
      return outputError(
        "disk-full",
        directory,
        "the disk is full",
        "Free some space and run again; the old files are whole",
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return outputError(
        "output-read-only",
        directory,
        `it cannot be written (${errno})`,
        "Change its permissions or choose another folder",
      );
    case "ENOTDIR":
      return outputError("output-not-directory", directory, "a part of the path is a file", "Name a folder");
    default:
      return outputError("output-failed", directory, `writing failed (${errno})`, "The old files are whole; run again");
  }
}

function outputError(code: ErrorCode, path: string, problem: string, remedy: string): BitwrightError {
  return new BitwrightError(code, problem, remedy, { field: `output "${basename(path)}" in ${dirname(path)}` });
}
