/** Decides where outputs may go. */
import { lstatSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { BitwrightError, shownName } from "../protocol/errors";
import { errnoOf } from "./errno";
import { danglingLink, writeFailure } from "./write-failure";

/**
 * The absolute path of an output folder that a recipe names, which must stay inside `base`, links followed.
 * @throws BitwrightError output-outside; output-missing, output-not-directory, output-read-only where links or files on the
 *   way leave no such folder
 */
export function outputFolderInside(base: string, directory: string): string {
  const target = resolve(base, directory);
  const realBase = realpathSync(base);
  const real = realPathToBe(target);
  if (
    !isAbsolute(directory) &&
    (real === realBase || real.startsWith(realBase.endsWith(sep) ? realBase : realBase + sep))
  ) {
    return target;
  }
  throw new BitwrightError(
    "output-outside",
    `"${shownName(directory)}" lies outside the folder of the recipe`,
    "Name a folder below it",
    { field: "output.directory" },
  );
}

/** The real path of a folder that may have yet to be made. */
export function realPathToBe(path: string): string {
  let existing = path;
  try {
    existing = existingAncestor(path);
    return resolve(realpathSync(existing), relative(existing, path));
  } catch (error) {
    throw errnoOf(error) === "ENOENT" ? danglingLink(existing) : writeFailure(error, path);
  }
}

/** The nearest folder, file or link above a path, or the path itself, that exists. */
function existingAncestor(path: string): string {
  let at = path;
  while (lstatSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at) at = dirname(at);
  return at;
}
