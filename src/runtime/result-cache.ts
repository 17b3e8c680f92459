/** Results of measurements, kept between runs in the user's cache folder: one file a key, the least recent ones dropped. */
import { closeSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { ResultCache } from "../engine/noise-cache";
import { openRegularFile, readExactly } from "./regular-file";

/** What is kept at most; a report of a large model takes one or two megabytes. */
export interface CacheLimits {
  readonly files: number;
  readonly bytes: number;
}

const LIMITS: CacheLimits = { files: 200, bytes: 2 ** 28 };

/** A key is a SHA-256; anything else must not become a path. */
const KEY = /^[0-9a-f]{64}$/;

/** Where this system keeps what programs can make again. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (process.platform === "win32") return join(local ?? join(homedir(), "AppData", "Local"), "bitwright");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "bitwright");
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), ".cache"), "bitwright");
}

/**
 * A cache in a folder, which is made when something is written. What cannot be read or written is not there: results can
 * always be measured again.
 */
export function resultCache(folder = join(cacheFolder(), "measurements"), limits = LIMITS): ResultCache {
  const path = (key: string): string => join(folder, `${key}.json`);
  return {
    read(key) {
      if (!KEY.test(key)) return undefined;
      try {
        const value: unknown = JSON.parse(readText(path(key), limits.bytes));
        const now = new Date();
        utimesSync(path(key), now, now);
        return value;
      } catch {
        return undefined;
      }
    },
    write(key, value) {
      if (!KEY.test(key)) return;
      const bytes = new TextEncoder().encode(JSON.stringify(value));
      if (bytes.length > limits.bytes) return;
      const temporary = join(folder, `.${key}.${process.pid}.tmp`);
      try {
        mkdirSync(folder, { recursive: true });
      } catch {
        return;
      }
      try {
        writeFileSync(temporary, bytes, { mode: 0o600 });
        renameSync(temporary, path(key));
        dropOldest(folder, limits);
      } catch {
        rmSync(temporary, { force: true });
      }
    },
  };
}

/** Empty, which is no JSON, where it is no file or has more than `limit` bytes. */
function readText(path: string, limit: number): string {
  const opened = openRegularFile(path);
  if (opened === undefined) return "";
  try {
    const bytes = opened.stats.size > limit ? null : readExactly(opened.file, 0, opened.stats.size);
    return bytes === null ? "" : new TextDecoder().decode(bytes);
  } finally {
    closeSync(opened.file);
  }
}

function dropOldest(folder: string, limits: CacheLimits): void {
  const files = readdirSync(folder).map((name) => {
    const { mtimeMs, size } = statSync(join(folder, name));
    return { name, time: mtimeMs, size };
  });
  let bytes = 0;
  for (const [index, { name, size }] of files.sort((a, b) => b.time - a.time).entries()) {
    bytes += size;
    if (index >= limits.files || bytes > limits.bytes) rmSync(join(folder, name), { force: true });
  }
}
