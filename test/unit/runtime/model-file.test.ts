import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readModelSource } from "../../../src/runtime/model-file";
import { temporaryFolder } from "../temporary-folder";
import { errorOf } from "../caught";

const scratch = temporaryFolder();

function modelIn(folder: string): string {
  const path = join(folder, "m.onnx");
  writeFileSync(path, "model");
  return path;
}

describe("readModelSource", () => {
  it("reads bytes and their hash", () => {
    const source = readModelSource(modelIn(mkdtempSync(join(scratch, "a-"))));
    expect(source.name).toBe("m.onnx");
    expect(new TextDecoder().decode(source.bytes)).toBe("model");
    expect(source.sha256).toBe("9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4");
  });

  it("names a missing file, a folder and a file of 3 GB", () => {
    const folder = mkdtempSync(join(scratch, "b-"));
    expect(errorOf(() => readModelSource(join(folder, "none.onnx"))).code).toBe("model-missing");
    mkdirSync(join(folder, "d.onnx"));
    expect(errorOf(() => readModelSource(join(folder, "d.onnx"))).code).toBe("model-unreadable");
    writeFileSync(join(folder, "big.onnx"), "");
    truncateSync(join(folder, "big.onnx"), 3e9);
    expect(errorOf(() => readModelSource(join(folder, "big.onnx"))).code).toBe("model-too-large");
  });

  it.skipIf(process.platform === "win32")("waits for no pipe and reads no device, as model or as external data", () => {
    const folder = mkdtempSync(join(scratch, "p-"));
    spawnSync("mkfifo", [join(folder, "pipe")]);
    mkdirSync(join(folder, "sub"));
    expect(errorOf(() => readModelSource(join(folder, "pipe"))).code).toBe("model-unreadable");
    expect(errorOf(() => readModelSource("/dev/zero")).code).toBe("model-unreadable");
    const source = readModelSource(modelIn(folder));
    for (const location of ["pipe", "sub"]) {
      for (const length of [1, undefined]) {
        const error = errorOf(() => source.readExternal(location, 0, length));
        expect(error.code).toBe("external-data-missing");
        expect(error.problem).toBe("it is not a file");
      }
    }
  });

  it("reads external data from the model's folder alone", () => {
    const folder = mkdtempSync(join(scratch, "c-"));
    const source = readModelSource(modelIn(folder));
    writeFileSync(join(folder, "w.bin"), new Uint8Array([0, 1, 2, 3, 4, 5]));
    writeFileSync(join(scratch, "secret.bin"), "secret");
    symlinkSync(join(scratch, "secret.bin"), join(folder, "link.bin"));

    expect([...source.readExternal("w.bin", 2, 3)]).toEqual([2, 3, 4]);
    expect([...source.readExternal("w.bin", 4, undefined)]).toEqual([4, 5]);
    expect(errorOf(() => source.readExternal("none.bin", 0, 1)).code).toBe("external-data-missing");
    expect(errorOf(() => source.readExternal("w.bin", 4, 3)).code).toBe("external-data-range");
    expect(errorOf(() => source.readExternal("w.bin", 7, undefined)).code).toBe("external-data-range");
    for (const location of [
      "../secret.bin",
      join(scratch, "secret.bin"),
      "link.bin",
      "C:\\secret.bin",
      "",
      "sub/../../secret.bin",
    ]) {
      expect(errorOf(() => source.readExternal(location, 0, 1)).code).toBe("external-data-outside");
    }
  });
});
