/** Decides where outputs may go. */
import { realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { BitwrightError } from "../protocol/errors";

/**
 * The absolute path of an output folder that a recipe names, which must stay inside `base`, links followed.
 * @throws BitwrightError output-outside
 */
export function outputFolderInside(base: string, directory: string): string {
  const target = resolve(base, directory);
  const realBase = realpathSync(base);
  const real = resolve(realpathSync(existingAncestor(target)), relative(existingAncestor(target), target));
  if (
    !isAbsolute(directory) &&
    (real === realBase || real.startsWith(realBase.endsWith(sep) ? realBase : realBase + sep))
  ) {
    return target;
  }
  throw new BitwrightError(
    "output-outside",
    `"${directory}" lies outside the folder of the recipe`,
    "Name a folder below it",
    {
      field: "output.directory",
    },
  );
}

/** The nearest folder or file above a path, or the path itself, that exists. */
function existingAncestor(path: string): string {
  let at = path;
  while (statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at) at = dirname(at);
  return at;
}
