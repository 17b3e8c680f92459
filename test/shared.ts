/**
 * The folder of real models and data that may stand beside the repository. Tests that need it skip without it;
 * where it exists nothing skips.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

const SHARED = fileURLToPath(new URL("../../shared", import.meta.url));

export const hasShared = existsSync(`${SHARED}/models`);

if (!hasShared) console.warn("skipped: tests on real models (no ../shared folder)");

/** Path of a file below the shared folder. */
export function sharedPath(relative: string): string {
  return `${SHARED}/${relative}`;
}

/** Path of a file below the repository. */
export function repositoryPath(relative: string): string {
  return `${ROOT}/${relative}`;
}
