/** Reads a model and its external data from disk. */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, resolve, sep, win32 } from "node:path";
import type { ModelSource } from "../engine/model-source";
import { BitwrightError, shownName, type ErrorPlace } from "../protocol/errors";
import { errnoOf } from "./errno";
import { openRegularFile, readExactly, type RegularFile } from "./regular-file";

/** Protocol buffers end at 2 GiB; a larger file is not one. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Reads the whole model; external data is read later, on demand, from the model's folder only.
 * @param onRead told of external data, as the model names it, whenever some of it was read
 * @throws BitwrightError model-missing, model-unreadable, model-too-large
 */
export function readModelSource(path: string, onRead?: (location: string) => void): ModelSource {
  const name = basename(path);
  const bytes = readModel(path, name);
  return {
    name,
    bytes,
    sha256: sha256(bytes),
    readExternal: (location, offset, length) => {
      const read = readExternal(path, location, offset, length);
      onRead?.(location);
      return read;
    },
  };
}

function readModel(path: string, name: string): Uint8Array {
  const opened = openModel(path, name);
  if (opened === undefined) {
    throw new BitwrightError("model-unreadable", "it is not a file", "Choose an .onnx file", { model: name });
  }
  const { file, stats: before } = opened;
  try {
    if (before.size > MAX_MODEL_BYTES) {
      throw new BitwrightError(
        "model-too-large",
        `the file has ${before.size} bytes, and an ONNX file ends at ${MAX_MODEL_BYTES}`,
        "Export the model with its weights as external data",
        { model: name },
      );
    }
    const bytes = readExactly(file, 0, before.size);
    const after = fstatSync(file);
    if (bytes === null || after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      throw new BitwrightError("model-unreadable", "it changed while it was read", "Try again when it is written", {
        model: name,
      });
    }
    return bytes;
  } catch (error) {
    throw unreadable(error, name);
  } finally {
    closeSync(file);
  }
}

function openModel(path: string, name: string): RegularFile | undefined {
  try {
    return openRegularFile(path);
  } catch (error) {
    throw unreadable(error, name);
  }
}

function readExternal(modelPath: string, location: string, offset: number, length: number | undefined): Uint8Array {
  const model = basename(modelPath);
  const place = { model, field: `external data "${shownName(location)}"` };
  const { file, stats } = openExternal(modelPath, location, place);
  try {
    const { size } = stats;
    const wanted = length ?? size - offset;
    if (offset < 0 || wanted < 0 || offset + wanted > size) {
      throw new BitwrightError(
        "external-data-range",
        `bytes ${offset} to ${offset + wanted} are wanted, but the file has ${size}`,
        "The file does not belong to this version of the model; export both again",
        place,
      );
    }
    const bytes = readExactly(file, offset, wanted);
    if (bytes !== null) return bytes;
    throw new BitwrightError("external-data-range", "the file became shorter while it was read", "Try again", place);
  } catch (error) {
    throw externalUnreadable(error, place);
  } finally {
    closeSync(file);
  }
}

function openExternal(modelPath: string, location: string, place: ErrorPlace): RegularFile {
  let opened: RegularFile | undefined;
  try {
    opened = openRegularFile(pathBesideModel(modelPath, location));
  } catch (error) {
    throw externalUnreadable(error, place);
  }
  if (opened !== undefined) return opened;
  const remedy = "Put the file that belongs to the model beside it";
  throw new BitwrightError("external-data-missing", "it is not a file", remedy, place);
}

function externalUnreadable(error: unknown, place: ErrorPlace): BitwrightError {
  if (error instanceof BitwrightError) return error.within(place);
  return new BitwrightError(
    "external-data-missing",
    `the file cannot be read (${errnoOf(error)})`,
    "Put the file that belongs to the model beside it",
    place,
  );
}

/** The real path of external data, which must lie in the model's folder: absolute paths, `..` and links out of it are refused. */
function pathBesideModel(modelPath: string, location: string): string {
  const folder = realpathSync(dirname(modelPath));
  const target = resolve(folder, location);
  const outside =
    location === "" ||
    isAbsolute(location) ||
    win32.isAbsolute(location) ||
    !realpathOf(target).startsWith(folder + sep);
  if (!outside && target.startsWith(folder + sep)) return target;
  throw new BitwrightError(
    "external-data-outside",
    "it points outside the model's folder",
    "Keep external data in the model's own folder, and export with a relative path",
  );
}

/** Real path where the file exists; where it does not, the path itself, so that the caller's open says so. */
function realpathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function unreadable(error: unknown, model: string): BitwrightError {
  if (error instanceof BitwrightError) return error;
  const code = errnoOf(error);
  return code === "ENOENT"
    ? new BitwrightError("model-missing", "the file does not exist", "Check the path", { model })
    : new BitwrightError("model-unreadable", `the file cannot be read (${code})`, "Check its permissions", { model });
}
