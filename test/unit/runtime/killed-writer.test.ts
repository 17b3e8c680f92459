/** What a process leaves behind that is killed while it writes. */
import { build } from "esbuild";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { BANNER_MARK } from "../../../src/engine/emit/banner";
import { writeArtifacts } from "../../../src/runtime/write-artifacts";
import { repositoryPath } from "../../shared";
import { temporaryFolder } from "../temporary-folder";

const scratch = temporaryFolder();
const script = join(scratch, "writer.cjs");
const NAMES = ["a.h", "b.c", "c.json"];
const LENGTH = 1_000_000;

/**
 * Writes versions 1, 2, 3, … of every file. With a system call and a number, it kills itself in version 2 before the
 * call of that number.
 */
const WRITER = `
import fs from "node:fs";
import { writeArtifacts } from ${JSON.stringify(repositoryPath("src/runtime/write-artifacts.ts"))};
const [folder, call, nth] = process.argv.slice(2);
const artifacts = (version) => ${JSON.stringify(NAMES)}.map((path) => ({
  path,
  bytes: new TextEncoder().encode(${JSON.stringify(`/* ${BANNER_MARK} */\n`)} + String(version % 10).repeat(${LENGTH})),
}));
writeArtifacts([{ directory: folder, artifacts: artifacts(1) }]);
if (call !== undefined) {
  let left = Number(nth);
  const original = fs[call];
  fs[call] = (...args) => {
    if (--left === 0) process.kill(process.pid, "SIGKILL");
    return original(...args);
  };
}
for (let version = 2; ; version++) {
  writeArtifacts([{ directory: folder, artifacts: artifacts(version) }]);
  if (call !== undefined) break;
  fs.writeSync(1, ".");
}
`;

beforeAll(async () => {
  await build({
    stdin: { contents: WRITER, resolveDir: scratch },
    outfile: script,
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "error",
  });
});

/** The version of each file, which must be whole. */
function versions(folder: string): string[] {
  return NAMES.map((name) => {
    const [banner, body] = readFileSync(join(folder, name), "utf8").split("\n");
    expect(banner).toContain(BANNER_MARK);
    expect(body).toHaveLength(LENGTH);
    expect(new Set(body).size).toBe(1);
    return body[0];
  });
}

function expectCleanAfterNextRun(folder: string): void {
  const bytes = new TextEncoder().encode(`/* ${BANNER_MARK} */\nnext`);
  writeArtifacts([{ directory: folder, artifacts: NAMES.map((path) => ({ path, bytes })) }]);
  expect(readdirSync(folder).sort()).toEqual(NAMES);
}

describe("a writer that is killed", () => {
  it.each([
    ["writeSync", 1, ["1", "1", "1"]],
    ["fsyncSync", 2, ["1", "1", "1"]],
    ["linkSync", 2, ["1", "1", "1"]],
    ["renameSync", 1, ["1", "1", "1"]],
    ["renameSync", 2, ["2", "1", "1"]],
    ["renameSync", 3, ["2", "2", "1"]],
    ["rmSync", 1, ["2", "2", "2"]],
    ["rmSync", 3, ["2", "2", "2"]],
  ])("before %s number %i leaves whole files, and the next run cleans up", (call, nth, expected) => {
    const folder = mkdtempSync(join(scratch, "k-"));
    expect(spawnSync(process.execPath, [script, folder, call, String(nth)]).signal).toBe("SIGKILL");
    expect(versions(folder)).toEqual(expected);
    expect(readdirSync(folder).some((name) => name.endsWith(".tmp"))).toBe(true);
    expectCleanAfterNextRun(folder);
  });

  it("at any moment leaves whole files", async () => {
    for (let round = 0; round < 6; round++) {
      const folder = mkdtempSync(join(scratch, "k-"));
      const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      child.kill("SIGKILL");
      await ended;
      const [first, second, third] = versions(folder).map(Number);
      // Renames go in order: earlier files are never behind later ones, and by one version at most ahead.
      expect([0, 1]).toContain((first - third + 10) % 10);
      expect([first, third]).toContain(second);
      expectCleanAfterNextRun(folder);
    }
  });
});
