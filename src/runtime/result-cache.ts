/** Results of measurements, kept between runs in the user's cache folder: one file a key, the least recent ones dropped. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ResultCache } from "../engine/noise-cache";

/** Files kept; a report of a large model takes one or two megabytes. */
const MAX_FILES = 200;

/** A key is a SHA-256; anything else must not become a path. */
const KEY = /^[0-9a-f]{64}$/;

/** Where this system keeps what programs can make again. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (process.platform === "win32") return join(local ?? join(homedir(), "AppData", "Local"), "bitwright");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "bitwright");
  return join(xdg !== undefined && xdg !== "" ? xdg : join(homedir(), ".cache"), "bitwright");
}

/**
 * A cache in a folder, which is made when something is written. What cannot be read or written is not there: results can
 * always be measured again.
 */
export function resultCache(folder = join(cacheFolder(), "measurements")): ResultCache {
  const path = (key: string): string => join(folder, `${key}.json`);
  return {
    read(key) {
      if (!KEY.test(key)) return undefined;
      try {
        const value: unknown = JSON.parse(readFileSync(path(key), "utf8"));
        const now = new Date();
        utimesSync(path(key), now, now);
        return value;
      } catch {
        return undefined;
      }
    },
    write(key, value) {
      if (!KEY.test(key)) return;
      const temporary = join(folder, `.${key}.${process.pid}.tmp`);
      try {
        mkdirSync(folder, { recursive: true });
      } catch {
        return;
      }
      try {
        writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
        renameSync(temporary, path(key));
        dropOldest(folder);
      } catch {
        rmSync(temporary, { force: true });
      }
    },
  };
}

function dropOldest(folder: string): void {
  const files = readdirSync(folder).map((name) => ({ name, time: statSync(join(folder, name)).mtimeMs }));
  const newestFirst = files.sort((a, b) => b.time - a.time);
  for (const { name } of newestFirst.slice(MAX_FILES)) rmSync(join(folder, name), { force: true });
}
