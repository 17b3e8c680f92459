/** Regular files alone: a device that never ends, a pipe that waits for a writer and a folder are none. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";

export interface RegularFile {
  /** File descriptor; closed by the caller. */
  readonly file: number;
  readonly stats: Stats;
}

/**
 * Opens a file for reading, without waiting for anybody.
 * @param links whether a link in place of the file counts as what it leads to
 * @returns undefined where it is no regular file
 * @throws the system's error where it cannot be opened
 */
export function openRegularFile(path: string, links: "follow" | "refuse" = "follow"): RegularFile | undefined {
  // Flags that Windows lacks are undefined there and count as 0.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (links === "refuse" ? constants.O_NOFOLLOW : 0);
  const file = openSync(path, flags);
  try {
    const stats = fstatSync(file);
    if (stats.isFile()) return { file, stats };
  } catch (error) {
    closeSync(file);
    throw error;
  }
  closeSync(file);
  return undefined;
}

/** The stated bytes of an open file; null where the file ends before. */
export function readExactly(file: number, offset: number, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const got = readSync(file, bytes, read, length - read, offset + read);
    if (got === 0) return null;
    read += got;
  }
  return bytes;
}
