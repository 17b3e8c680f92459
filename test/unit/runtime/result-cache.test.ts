import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheFolder, resultCache } from "../../../src/runtime/result-cache";
import { temporaryFolder } from "../temporary-folder";

const scratch = temporaryFolder();
const key = (digit: string): string => digit.repeat(64);

describe("resultCache", () => {
  it("gives back what was written, also to another process' cache of the same folder", () => {
    const folder = join(scratch, "a", "measurements");
    resultCache(folder).write(key("1"), { layers: [["conv", 1.5]] });
    expect(resultCache(folder).read(key("1"))).toEqual({ layers: [["conv", 1.5]] });
    expect(resultCache(folder).read(key("2"))).toBeUndefined();
    expect(readdirSync(folder)).toEqual([`${key("1")}.json`]);
  });

  it("takes spoiled files, folders in their place and foreign keys for nothing", () => {
    const folder = join(scratch, "b");
    mkdirSync(join(folder, `${key("2")}.json`), { recursive: true });
    writeFileSync(join(folder, `${key("1")}.json`), "{ half a fi");
    const cache = resultCache(folder);
    expect(cache.read(key("1"))).toBeUndefined();
    expect(cache.read(key("2"))).toBeUndefined();
    cache.write(key("2"), 1);
    cache.write("../outside", 1);
    expect(cache.read("../outside")).toBeUndefined();
    expect(readdirSync(scratch).sort()).toEqual(["a", "b"]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("does without a folder that cannot be made", () => {
    writeFileSync(join(scratch, "a", "file"), "");
    const cache = resultCache(join(scratch, "a", "file", "cache"));
    cache.write(key("1"), 1);
    expect(cache.read(key("1"))).toBeUndefined();
  });

  it("keeps the 200 files used last", () => {
    const folder = join(scratch, "a", "many");
    mkdirSync(folder);
    for (let index = 0; index < 205; index++) {
      const file = join(folder, `${index.toString(16).padStart(64, "0")}.json`);
      writeFileSync(file, "1");
      utimesSync(file, 1_000 + index, 1_000 + index);
    }
    const cache = resultCache(folder);
    expect(cache.read(key("0"))).toBe(1);
    cache.write(key("f"), 2);
    const left = readdirSync(folder);
    expect(left).toHaveLength(200);
    expect(left).toContain(`${key("0")}.json`);
    expect(left).not.toContain(`${"1".padStart(64, "0")}.json`);
  });
});

describe("cacheFolder", () => {
  it("is an absolute folder of our own", () => {
    expect(cacheFolder()).toMatch(/^(\/|[A-Z]:\\).*bitwright$/);
  });
});
