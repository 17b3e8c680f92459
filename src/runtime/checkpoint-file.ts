/** The checkpoint of a training run as a file. */
import { closeSync, existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { isCheckpoint } from "../engine/training/checkpoint";
import { BitwrightError } from "../protocol/errors";
import { openRegularFile, readExactly } from "./regular-file";
import { replaceFile } from "./write-artifacts";

/** Checkpoints are at most a few copies of the largest models. */
const MAX_BYTES = 2 ** 32;

/** Enough of a file to know a checkpoint by. */
const OPENING_LENGTH = 64;

/**
 * Finds out before training whether checkpoints would replace something else.
 * @throws BitwrightError output-foreign
 */
export function checkReplaceable(path: string): void {
  if (!existsSync(path)) return;
  const opened = openRegularFile(path);
  try {
    const size = opened?.stats.size ?? Infinity;
    if (size === 0) return;
    const opening = opened === undefined ? null : readExactly(opened.file, 0, Math.min(size, OPENING_LENGTH));
    if (opening !== null && isCheckpoint(opening)) return;
  } finally {
    if (opened !== undefined) closeSync(opened.file);
  }
  const problem = "it exists and is no checkpoint";
  throw new BitwrightError("output-foreign", problem, "Move it away, or name another file", placeOf(path));
}

/** @throws BitwrightError checkpoint-invalid where it cannot be read; null where there is none yet */
export function readCheckpoint(path: string): Uint8Array | null {
  if (!existsSync(path)) return null;
  const opened = openRegularFile(path);
  try {
    const size = opened?.stats.size ?? Infinity;
    const bytes = opened === undefined || size > MAX_BYTES ? null : readExactly(opened.file, 0, size);
    if (bytes !== null) return bytes;
  } finally {
    if (opened !== undefined) closeSync(opened.file);
  }
  throw new BitwrightError("checkpoint-invalid", "it cannot be read", "Name a checkpoint", placeOf(path));
}

/**
 * Replaces the file, which is whole at any time.
 * @throws BitwrightError output-read-only, output-failed, disk-full
 */
export function writeCheckpoint(path: string, bytes: Uint8Array): void {
  try {
    replaceFile(path, bytes);
  } catch (thrown) {
    const { code, problem, remedy } = BitwrightError.from(thrown);
    throw new BitwrightError(code, problem, remedy, placeOf(path));
  }
}

function placeOf(path: string) {
  return { field: `checkpoint "${basename(path)}" in ${dirname(resolve(path))}` };
}
