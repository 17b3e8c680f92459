import { posix } from "node:path";

/**
 * `path` relative to `base`, both absolute with forward slashes; `.` for the base itself, undefined for what is not inside.
 * Links are not followed here: the worker, which writes, follows them.
 */
export function relativeInside(base: string, path: string): string | undefined {
  const relative = posix.relative(base, path);
  if (relative === ".." || relative.startsWith("../") || posix.isAbsolute(relative)) return undefined;
  return relative === "" ? "." : relative;
}
