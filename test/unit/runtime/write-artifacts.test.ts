import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BANNER_MARK } from "../../../src/engine/emit/banner";
import { outputFolderInside } from "../../../src/runtime/output-folder";
import { staleArtifacts, writeArtifacts, type WriteResult } from "../../../src/runtime/write-artifacts";
import { temporaryFolder } from "../temporary-folder";
import { codeOf } from "../caught";

const scratch = temporaryFolder();
let folders = 0;

function freshFolder(): string {
  const folder = join(scratch, String(folders++));
  mkdirSync(folder);
  return folder;
}

function generated(path: string, text: string) {
  return { path, bytes: new TextEncoder().encode(`/* ${BANNER_MARK} 1.0 */\n${text}`) };
}

type Artifacts = readonly ReturnType<typeof generated>[];

function write(directory: string, artifacts: Artifacts): WriteResult {
  return writeArtifacts([{ directory, artifacts }]);
}

function stale(directory: string, artifacts: Artifacts): string[] {
  return staleArtifacts([{ directory, artifacts }]);
}

describe("writeArtifacts", () => {
  it("writes, then touches nothing whose bytes are equal", () => {
    const folder = freshFolder();
    const artifacts = [generated("a.h", "1"), generated("a.c", "2")];
    expect(write(folder, artifacts).written).toHaveLength(2);
    const past = new Date(1_000_000_000_000);
    utimesSync(join(folder, "a.h"), past, past);
    const again = write(folder, [generated("a.h", "1"), generated("a.c", "3")]);
    expect(again.written).toEqual([join(folder, "a.c")]);
    expect(statSync(join(folder, "a.h")).mtimeMs).toBe(past.getTime());
    expect(readdirSync(folder).sort()).toEqual(["a.c", "a.h"]);
  });

  it("never overwrites a file without the banner, and then writes nothing at all", () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "a.c"), "int mine;\n");
    expect(codeOf(() => write(folder, [generated("a.h", "1"), generated("a.c", "2")]))).toBe("output-foreign");
    expect(readdirSync(folder)).toEqual(["a.c"]);
    expect(readFileSync(join(folder, "a.c"), "utf8")).toBe("int mine;\n");
  });

  it("does not write through a link", () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "target"), generated("", "old").bytes);
    symlinkSync(join(folder, "target"), join(folder, "a.h"));
    expect(codeOf(() => write(folder, [generated("a.h", "1")]))).toBe("output-foreign");
  });

  it("makes the folder where only it is missing", () => {
    const folder = join(freshFolder(), "generated");
    write(folder, [generated("a.h", "1")]);
    expect(readdirSync(folder)).toEqual(["a.h"]);
  });

  it("refuses a folder whose parent is missing, and a file in its place", () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "file"), "");
    expect(codeOf(() => write(join(folder, "no", "such"), [generated("a.h", "1")]))).toBe("output-missing");
    expect(codeOf(() => write(join(folder, "file"), [generated("a.h", "1")]))).toBe("output-not-directory");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("removes temporary files of dead processes and leaves those of living ones", () => {
    const folder = freshFolder();
    writeFileSync(join(folder, ".bitwright-999999999-0.tmp"), "");
    writeFileSync(join(folder, ".bitwright-1-0.tmp"), "");
    write(folder, [generated("a.h", "1")]);
    expect(readdirSync(folder).sort()).toEqual([".bitwright-1-0.tmp", "a.h"]);
  });

  it("brings the old files back when one cannot be put in place", () => {
    const folder = freshFolder();
    write(folder, [generated("b.h", "old")]);
    const misplaced = generated("no-such-folder/c.h", "new");
    const work = () => write(folder, [generated("a.h", "new"), generated("b.h", "new"), misplaced]);
    expect(codeOf(work)).toBe("output-failed");
    expect(readdirSync(folder)).toEqual(["b.h"]);
    expect(readFileSync(join(folder, "b.h"), "utf8")).toContain("old");
  });

  it.skipIf(process.platform === "win32")("waits for no pipe and reads no endless device in place of an output", () => {
    const folder = freshFolder();
    symlinkSync("/dev/zero", join(folder, "a.h"));
    spawnSync("mkfifo", [join(folder, "b.h")]);
    for (const name of ["a.h", "b.h"]) {
      expect(stale(folder, [generated(name, "1")])).toEqual([join(folder, name)]);
      expect(codeOf(() => write(folder, [generated(name, "1")]))).toBe("output-foreign");
    }
  });

  it("reads no more of a large file than tells whose it is", () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "a.h"), "");
    truncateSync(join(folder, "a.h"), 2 ** 40);
    expect(codeOf(() => write(folder, [generated("a.h", "1")]))).toBe("output-foreign");
  });

  it("writes into several folders or into none", () => {
    const base = freshFolder();
    const [first, second] = [join(base, "first"), join(base, "second")];
    const both = (text: string) => [
      { directory: first, artifacts: [generated("a.h", text)] },
      { directory: second, artifacts: [generated("r.json", text)] },
    ];
    mkdirSync(second);
    writeFileSync(join(second, "r.json"), "{}");
    expect(codeOf(() => writeArtifacts(both("1")))).toBe("output-foreign");
    expect(readdirSync(base)).toEqual(["second"]);

    rmSync(join(second, "r.json"));
    expect(writeArtifacts(both("1")).written).toEqual([join(first, "a.h"), join(second, "r.json")]);
    const misplaced = { directory: second, artifacts: [generated("no-such-folder/c.h", "2")] };
    expect(codeOf(() => writeArtifacts([...both("2"), misplaced]))).toBe("output-failed");
    expect(readdirSync(first)).toEqual(["a.h"]);
    expect(readdirSync(second)).toEqual(["r.json"]);
    expect(readFileSync(join(first, "a.h"), "utf8")).toContain("1");

    const missing = { directory: join(base, "no", "such"), artifacts: [generated("r.json", "2")] };
    expect(codeOf(() => writeArtifacts([{ directory: join(base, "new"), artifacts: [] }, missing]))).toBe(
      "output-missing",
    );
    expect(readdirSync(base).sort()).toEqual(["first", "second"]);
  });

  it("writes a file once, and refuses two contents for it", () => {
    const folder = freshFolder();
    const output = (text: string) => ({ directory: folder, artifacts: [generated("a.h", text)] });
    expect(writeArtifacts([output("1"), output("1")]).files).toEqual([join(folder, "a.h")]);
    expect(codeOf(() => writeArtifacts([output("2"), output("3")]))).toBe("output-failed");
    expect(readFileSync(join(folder, "a.h"), "utf8")).toContain("1");
  });

  it("cleans up after a killed process even where nothing changed", () => {
    const folder = freshFolder();
    write(folder, [generated("a.h", "1")]);
    writeFileSync(join(folder, ".bitwright-999999999-0.tmp"), "");
    expect(write(folder, [generated("a.h", "1")]).written).toEqual([]);
    expect(readdirSync(folder)).toEqual(["a.h"]);
  });

  it.skipIf(process.platform === "win32")("says which links lead nowhere", () => {
    const folder = freshFolder();
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
    symlinkSync(join(folder, "loop"), join(folder, "loop"));
    for (const name of ["dangling", "loop", "loop/x"]) {
      const work = () => write(join(folder, name), [generated("a.h", "1")]);
      expect(codeOf(work)).toBe("output-missing");
      expect(work).toThrow(/link that leads/);
      expect(work).not.toThrow(/run again/);
    }
  });

  it("lists stale outputs without writing", () => {
    const folder = freshFolder();
    write(folder, [generated("a.h", "1")]);
    expect(stale(folder, [generated("a.h", "1"), generated("b.h", "1")])).toEqual([join(folder, "b.h")]);
    expect(readdirSync(folder)).toEqual(["a.h"]);
  });
});

describe("outputFolderInside", () => {
  it("accepts folders below the base, existing or not", () => {
    const base = freshFolder();
    expect(outputFolderInside(base, "firmware/src")).toBe(join(base, "firmware", "src"));
    expect(outputFolderInside(base, ".")).toBe(base);
  });

  it.each(["..", "../other", "a/../../b", "/tmp"])("refuses %s", (directory) => {
    const base = freshFolder();
    expect(codeOf(() => outputFolderInside(base, directory))).toBe("output-outside");
  });

  it("refuses a link that leads out", () => {
    const base = freshFolder();
    symlinkSync(scratch, join(base, "link"));
    expect(codeOf(() => outputFolderInside(base, "link/x"))).toBe("output-outside");
  });

  it.skipIf(process.platform === "win32")("says which links on the way lead nowhere", () => {
    const base = freshFolder();
    symlinkSync(join(base, "nowhere"), join(base, "dangling"));
    symlinkSync(join(base, "loop"), join(base, "loop"));
    for (const directory of ["dangling", "dangling/x", "loop", "loop/x"]) {
      expect(codeOf(() => outputFolderInside(base, directory))).toBe("output-missing");
    }
    writeFileSync(join(base, "file"), "");
    expect(codeOf(() => outputFolderInside(base, "file/x"))).toBe("output-not-directory");
  });
});
