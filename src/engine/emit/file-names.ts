/** The one way by which a name from a model or a recipe becomes part of a file name. */
import { shortHash } from "./hash";

/** Leaves room for suffixes on every file system, and for a readable `#include`. */
const MAX_BASE_NAME = 80;
const HASH_SUFFIX_LENGTH = 9;

/** Characters of a name that are looked at. */
const MAX_READ = 400;

/** Names of devices on Windows, with any extension. */
const DEVICES = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * A base name for generated files: ASCII letters, digits, `.`, `_` and `-` only, so that it has no folder, needs no quotes
 * in a shell or makefile, and cannot leave an `#include`; it neither begins nor ends in a dot or dash.
 * @returns `model` for names of which nothing is left
 */
export function fileBaseName(name: string): string {
  let base = name
    .slice(0, MAX_READ)
    .replace(/[^A-Za-z0-9._-]+/g, "_")
    .replace(/\.{2,}/g, ".")
    .replace(/^[._-]+|[._-]+$/g, "");
  if (base === "") base = "model";
  if (base.length > MAX_BASE_NAME || name.length > MAX_READ) {
    base = `${base.slice(0, MAX_BASE_NAME - HASH_SUFFIX_LENGTH)}_${shortHash(name)}`;
  }
  return DEVICES.test(base) ? `_${base}` : base;
}
