/** What can go wrong with an output, in words. */
import { basename, dirname } from "node:path";
import { BitwrightError, type ErrorCode } from "../protocol/errors";
import { errnoOf } from "./errno";

/** An error about one output file or folder. */
export function outputError(code: ErrorCode, path: string, problem: string, remedy: string): BitwrightError {
  return new BitwrightError(code, problem, remedy, { field: `output "${basename(path)}" in ${dirname(path)}` });
}

/** A link whose target does not exist. */
export function danglingLink(path: string): BitwrightError {
  return outputError(
    "output-missing",
    path,
    "it is a link that leads nowhere",
    "Remove the link, or name another folder",
  );
}

/** The system's refusal to look at or write an output folder; a BitwrightError stays what it is. */
export function writeFailure(error: unknown, directory: string): BitwrightError {
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
    case "EFBIG":
      return outputError(
        "output-failed",
        directory,
        "the system allows no file of this size here",
        "Raise the limit (ulimit -f) and run again; the old files are whole",
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
    case "ELOOP":
      return outputError(
        "output-missing",
        directory,
        "a part of the path is a link that leads back to itself",
        "Remove the link, or name another folder",
      );
    case "ENAMETOOLONG":
      return outputError("output-missing", directory, "the path is too long", "Choose shorter names");
    default:
      return outputError("output-failed", directory, `writing failed (${errno})`, "The old files are whole; run again");
  }
}
