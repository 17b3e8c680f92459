import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { cacheFolder, resultCache } from "../../../src/runtime/result-cache";
import { temporaryFolder } from "../temporary-folder";

const scratch = temporaryFolder();
const key = (digit: string): string => digit.repeat(64);

function freshFolder(): string {
  return join(mkdtempSync(join(scratch, "c-")), "deep", "measurements");
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("resultCache", () => {
  it("gives back what was written, to other processes too, and knows no other key", () => {
    const folder = freshFolder();
    resultCache(folder).write(key("a"), { figures: [1, null, "x"] });
    expect(resultCache(folder).read(key("a"))).toEqual({ figures: [1, null, "x"] });
    expect(resultCache(folder).read(key("b"))).toBeUndefined();
    expect(readdirSync(folder)).toEqual([`${key("a")}.json`]);
  });

  it("replaces what was written before", () => {
    const cache = resultCache(freshFolder());
    cache.write(key("a"), 1);
    cache.write(key("a"), 2);
    expect(cache.read(key("a"))).toBe(2);
  });

  it.each(["../../etc/passwd", "", key("A"), `${key("a")}/x`, key("a").slice(1)])("makes no path of %j", (hostile) => {
    const folder = freshFolder();
    const cache = resultCache(folder);
    cache.write(hostile, 1);
    expect(() => readdirSync(folder)).toThrow("ENOENT");
    expect(cache.read(hostile)).toBeUndefined();
  });

  it("ignores entries that are no JSON, too large or no files", () => {
    const folder = freshFolder();
    const cache = resultCache(folder, { files: 10, bytes: 1000 });
    cache.write(key("a"), 1);
    writeFileSync(join(folder, `${key("a")}.json`), '{"half');
    expect(cache.read(key("a"))).toBeUndefined();
    writeFileSync(join(folder, `${key("a")}.json`), JSON.stringify("x".repeat(2000)));
    expect(cache.read(key("a"))).toBeUndefined();
    mkdirSync(join(folder, `${key("d")}.json`));
    cache.write(key("d"), 1);
    expect(cache.read(key("d"))).toBeUndefined();
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    if (process.platform === "win32") return;
    symlinkSync("/dev/zero", join(folder, `${key("b")}.json`));
    spawnSync("mkfifo", [join(folder, `${key("c")}.json`)]);
    expect(cache.read(key("b"))).toBeUndefined();
    expect(cache.read(key("c"))).toBeUndefined();
  });

  it("keeps so many files and bytes, the last ones used", () => {
    const folder = freshFolder();
    const cache = resultCache(folder, { files: 3, bytes: 100 });
    const past = (digit: string, seconds: number): void => {
      utimesSync(join(folder, `${key(digit)}.json`), seconds, seconds);
    };
    for (const [index, digit] of ["a", "b", "c"].entries()) {
      cache.write(key(digit), digit);
      past(digit, 1000 + index);
    }
    expect(cache.read(key("a"))).toBe("a");
    cache.write(key("d"), "d");
    expect(readdirSync(folder).sort()).toEqual(["a", "c", "d"].map((digit) => `${key(digit)}.json`));

    cache.write(key("e"), "x".repeat(90));
    expect(readdirSync(folder).length).toBeLessThan(4);
    expect(readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBeLessThanOrEqual(
      100,
    );
    expect(cache.read(key("e"))).toBe("x".repeat(90));
    cache.write(key("f"), "x".repeat(100));
    expect(cache.read(key("f"))).toBeUndefined();
    expect(cache.read(key("e"))).toBe("x".repeat(90));
  });

  it("does without a folder that cannot be made or written", () => {
    const folder = freshFolder();
    writeFileSync(join(scratch, "file"), "");
    const nowhere = resultCache(join(scratch, "file", "measurements"));
    nowhere.write(key("a"), 1);
    expect(nowhere.read(key("a"))).toBeUndefined();
    const cache = resultCache(folder);
    cache.write(key("a"), 1);
    chmodSync(folder, 0o500);
    expect(() => {
      cache.write(key("b"), 1);
    }).not.toThrow();
    chmodSync(folder, 0o700);
  });
});

describe("cacheFolder", () => {
  it.skipIf(process.platform !== "linux")("is where the user keeps caches", () => {
    vi.stubEnv("XDG_CACHE_HOME", "/somewhere");
    expect(cacheFolder()).toBe("/somewhere/bitwright");
    vi.stubEnv("HOME", "/home/somebody");
    for (const none of ["", "relative"]) {
      vi.stubEnv("XDG_CACHE_HOME", none);
      expect(cacheFolder()).toBe("/home/somebody/.cache/bitwright");
    }
  });
});
