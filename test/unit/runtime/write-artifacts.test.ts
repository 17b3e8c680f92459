import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BANNER_MARK } from "../../../src/engine/emit/banner";
import { BitwrightError } from "../../../src/protocol/errors";
import { outputFolderInside } from "../../../src/runtime/output-folder";
import { staleArtifacts, writeArtifacts } from "../../../src/runtime/write-artifacts";
import { temporaryFolder } from "../temporary-folder";

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

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof BitwrightError) return error.code;
    throw error;
  }
  return "no error";
}

describe("writeArtifacts", () => {
  it("writes, then touches nothing whose bytes are equal", () => {
    const folder = freshFolder();
    const artifacts = [generated("a.h", "1"), generated("a.c", "2")];
    expect(writeArtifacts(folder, artifacts).written).toHaveLength(2);
    const past = new Date(1_000_000_000_000);
    utimesSync(join(folder, "a.h"), past, past);
    const again = writeArtifacts(folder, [generated("a.h", "1"), generated("a.c", "3")]);
    expect(again.written).toEqual([join(folder, "a.c")]);
    expect(statSync(join(folder, "a.h")).mtimeMs).toBe(past.getTime());
    expect(readdirSync(folder).sort()).toEqual(["a.c", "a.h"]);
  });

  it("never overwrites a file without the banner, and then writes nothing at all", () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "a.c"), "int mine;\n");
    expect(codeOf(() => writeArtifacts(folder, [generated("a.h", "1"), generated("a.c", "2")]))).toBe("output-foreign");
    expect(readdirSync(folder)).toEqual(["a.c"]);
    expect(readFileSync(join(folder, "a.c"), "utf8")).toBe("int mine;\n");
  });

  it("does not write through a link", () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "target"), generated("", "old").bytes);
    symlinkSync(join(folder, "target"), join(folder, "a.h"));
    expect(codeOf(() => writeArtifacts(folder, [generated("a.h", "1")]))).toBe("output-foreign");
  });

  it("makes the folder where only it is missing", () => {
    const folder = join(freshFolder(), "generated");
    writeArtifacts(folder, [generated("a.h", "1")]);
    expect(readdirSync(folder)).toEqual(["a.h"]);
  });

  it("refuses a folder whose parent is missing, and a file in its place", () => {
    const folder = freshFolder();
    writeFileSync(join(folder, "file"), "");
    expect(codeOf(() => writeArtifacts(join(folder, "no", "such"), [generated("a.h", "1")]))).toBe("output-missing");
    expect(codeOf(() => writeArtifacts(join(folder, "file"), [generated("a.h", "1")]))).toBe("output-not-directory");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("removes temporary files of dead processes and leaves those of living ones", () => {
    const folder = freshFolder();
    writeFileSync(join(folder, ".bitwright-999999999-0.tmp"), "");
    writeFileSync(join(folder, ".bitwright-1-0.tmp"), "");
    writeArtifacts(folder, [generated("a.h", "1")]);
    expect(readdirSync(folder).sort()).toEqual([".bitwright-1-0.tmp", "a.h"]);
  });

  it("brings the old files back when one cannot be put in place", () => {
    const folder = freshFolder();
    writeArtifacts(folder, [generated("b.h", "old")]);
    const misplaced = generated("no-such-folder/c.h", "new");
    const work = () => writeArtifacts(folder, [generated("a.h", "new"), generated("b.h", "new"), misplaced]);
    expect(codeOf(work)).toBe("output-failed");
    expect(readdirSync(folder)).toEqual(["b.h"]);
    expect(readFileSync(join(folder, "b.h"), "utf8")).toContain("old");
  });

  it("lists stale outputs without writing", () => {
    const folder = freshFolder();
    writeArtifacts(folder, [generated("a.h", "1")]);
    expect(staleArtifacts(folder, [generated("a.h", "1"), generated("b.h", "1")])).toEqual([join(folder, "b.h")]);
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
});
