import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parseRecipe } from "../../../src/engine/recipe";
import { InputFiles, sameDigests } from "../../../src/runtime/input-files";
import { recipeInputs } from "../../../src/runtime/recipe-inputs";
import { temporaryFolder } from "../temporary-folder";

const scratch = temporaryFolder();
let folder = "";
let files = new InputFiles();

beforeEach(() => {
  folder = mkdtempSync(join(scratch, "i-"));
  files = new InputFiles();
});

describe("InputFiles", () => {
  it("sees every writing, and tells a touch from another content", async () => {
    const path = join(folder, "m.onnx");
    writeFileSync(path, "v1");
    const [glance, digests] = [await files.snapshot([path]), await files.digests([path])];
    expect(glance.isComplete).toBe(true);
    expect(await files.snapshot([path])).toEqual(glance);

    utimesSync(path, 1, 1);
    expect((await files.snapshot([path])).signature).not.toBe(glance.signature);
    expect(sameDigests(await files.digests([path]), digests)).toBe(true);

    writeFileSync(join(folder, "new"), "v2");
    renameSync(join(folder, "new"), path);
    expect(sameDigests(await files.digests([path]), digests)).toBe(false);
  });

  it("takes what is missing or empty as incomplete, and tells it from what was there", async () => {
    const path = join(folder, "m.onnx");
    const missing = await files.digests([path]);
    expect((await files.snapshot([path])).isComplete).toBe(false);
    writeFileSync(path, "");
    expect((await files.snapshot([path])).isComplete).toBe(false);
    const empty = await files.digests([path]);
    expect(sameDigests(missing, empty)).toBe(false);
    rmSync(path);
    expect(sameDigests(await files.digests([path]), missing)).toBe(true);
  });

  it("looks into folders, one sub-folder deep, and past hidden files", async () => {
    mkdirSync(join(folder, "cats"));
    writeFileSync(join(folder, "cats", "1.png"), "a");
    const before = await files.digests([folder]);
    writeFileSync(join(folder, ".DS_Store"), "x");
    expect(sameDigests(await files.digests([folder]), before)).toBe(true);
    writeFileSync(join(folder, "cats", "1.png"), "b");
    expect(sameDigests(await files.digests([folder]), before)).toBe(false);
    writeFileSync(join(folder, "cats", "1.png"), "a");
    expect(sameDigests(await files.digests([folder]), before)).toBe(true);
    writeFileSync(join(folder, "cats", "2.png"), "a");
    expect(sameDigests(await files.digests([folder]), before)).toBe(false);
  });

  it("compares the paths that both know", () => {
    const a = new Map([["m", "1"]]);
    expect(sameDigests(a, new Map([...a, ["d", "2"]]))).toBe(true);
    expect(sameDigests(a, new Map([["m", "2"]]))).toBe(false);
  });
});

describe("recipeInputs", () => {
  const inputs = (calibration?: object): string[] => {
    const output = { directory: "gen" };
    return recipeInputs("/w", parseRecipe({ model: "models/m.onnx", output, ...(calibration && { calibration }) }));
  };

  it.each<[string, object | undefined, string[]]>([
    ["the model alone", undefined, []],
    ["a folder and labels", { data: "data", labels: "data/labels.csv" }, ["/w/data", "/w/data/labels.csv"]],
    ["an archive, whatever its arrays", { data: { a: "d.npz#x", b: { path: "d.npz#y" } } }, ["/w/d.npz"]],
    ["a path outside", { data: "../d.npy" }, ["/d.npy"]],
    ["no random numbers", { random: true }, []],
  ])("are %s", (_, calibration, expected) => {
    expect(inputs(calibration)).toEqual(["/w/models/m.onnx", ...expected]);
  });
});
