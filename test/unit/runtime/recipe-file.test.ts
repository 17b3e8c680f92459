import { spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BitwrightError } from "../../../src/protocol/errors";
import { refuseClashes } from "../../../src/runtime/output-clashes";
import { inRecipe, readRecipeFile } from "../../../src/runtime/recipe-file";
import { temporaryFolder } from "../temporary-folder";

const scratch = temporaryFolder();

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof BitwrightError) return `${error.message} [${error.code}]`;
    throw error;
  }
  return "no error";
}

/** A folder whose recipe file has these recipes. */
function recipes(...models: object[]) {
  const folder = mkdtempSync(join(scratch, "r-"));
  writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models }));
  return { folder, set: readRecipeFile(folder) };
}

describe("readRecipeFile", () => {
  it("names the file alone where all of it is wrong", () => {
    const folder = mkdtempSync(join(scratch, "r-"));
    writeFileSync(join(folder, "bitwright.json"), "[]");
    expect(messageOf(() => readRecipeFile(folder))).toBe(
      "bitwright.json: it must be an object, got a list. Correct it. [recipe-invalid]",
    );
  });

  it.skipIf(process.platform === "win32")("waits for no pipe and reads no device", () => {
    const folder = mkdtempSync(join(scratch, "r-"));
    spawnSync("mkfifo", [join(folder, "bitwright.json")]);
    expect(messageOf(() => readRecipeFile(folder))).toContain("it is not a file");
    expect(messageOf(() => readRecipeFile("/dev/zero"))).toContain("it is not a file");
  });
});

describe("inRecipe", () => {
  const { set } = recipes({ model: "m.onnx", output: { directory: "gen" } });

  it("adds the recipe's place to what is wrong with the recipe, and to nothing else", () => {
    const wrong = new BitwrightError("layer-unknown", "no such layer", "", { model: "m.onnx", field: "layers" });
    expect(inRecipe(set, 3, wrong).message).toBe("m.onnx, bitwright.json, models[3].layers: no such layer.");
    const full = new BitwrightError("disk-full", "the disk is full", "", { field: "output" });
    expect(inRecipe(set, 3, full)).toBe(full);
  });
});

describe("refuseClashes", () => {
  const writing = (name: string, more: object = {}) => ({
    model: "m.onnx",
    output: { directory: "gen", name, ...more },
  });

  it.each<[string, object, object, string]>([
    ["equal names", writing("a"), writing("a"), "a_weights.h"],
    ["the model's name", { model: "sub/a.onnx", output: { directory: "gen" } }, writing("a"), "a_weights.h"],
    ["names that become one", writing("a b"), writing("a_b"), "a_b_weights.h"],
    ["folders that are one", writing("a"), writing("a", { directory: "x/../gen" }), "a_weights.h"],
    [
      "one kind of several",
      writing("a", { emit: ["report"] }),
      writing("a", { emit: ["weights", "report"] }),
      "a_report.json",
    ],
  ])("refuses %s, naming both recipes", (_, first, second, file) => {
    const { set } = recipes(first, writing("other"), second);
    const message = messageOf(() => {
      refuseClashes(set);
    });
    expect(message).toBe(
      `bitwright.json, models[2].output: models[0] writes "${file}" into the same folder. ` +
        "Give one of the two another output.name or output.directory. [recipe-invalid]",
    );
  });

  it("folds case where the system does", () => {
    const { set } = recipes(writing("net"), writing("Net"));
    expect(
      messageOf(() => {
        refuseClashes(set, true);
      }),
    ).toContain("models[0] writes");
    expect(
      messageOf(() => {
        refuseClashes(set, false);
      }),
    ).toBe("no error");
  });

  it.skipIf(process.platform === "win32")("follows links", () => {
    const { folder, set } = recipes(writing("a"), writing("a", { directory: "link" }));
    mkdirSync(join(folder, "gen"));
    symlinkSync("gen", join(folder, "link"));
    expect(
      messageOf(() => {
        refuseClashes(set);
      }),
    ).toContain("models[0] writes");
  });

  it("lets recipes share a folder, or a name", () => {
    const { set } = recipes(
      writing("a"),
      writing("b"),
      writing("a", { directory: "other" }),
      writing("a", { emit: ["report"] }),
    );
    expect(
      messageOf(() => {
        refuseClashes(set);
      }),
    ).toBe("no error");
  });

  it("says which recipe leaves the folder", () => {
    const { set } = recipes(writing("a"), writing("a", { directory: "../gen" }));
    expect(
      messageOf(() => {
        refuseClashes(set);
      }),
    ).toMatch(/^bitwright.json, models\[1\]\.output\.directory: .*\[output-outside\]$/);
  });
});
