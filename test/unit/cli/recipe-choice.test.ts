import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chosenRecipe } from "../../../src/cli/recipe-choice";
import { codeOf, errorOf } from "../caught";
import { temporaryFolder } from "../temporary-folder";

const scratch = temporaryFolder();

/** A folder with a recipe file. */
function folderOf(...models: readonly object[]): string {
  const folder = mkdtempSync(join(scratch, "r-"));
  writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models }));
  return folder;
}

const recipe = (model: string, bits: number, directory: string, name?: string) => ({
  model,
  weights: { bits },
  output: { directory, ...(name === undefined ? {} : { name }) },
});

const bitsOf = (model: string, given: string): number => chosenRecipe(model, given).recipe.weights.bits;

describe("chosenRecipe", () => {
  it("is the one about the model, or the only one", () => {
    const two = folderOf(recipe("a.onnx", 4, "gen"), recipe("b.onnx", 6, "gen"));
    expect(bitsOf(join(two, "b.onnx"), two)).toBe(6);
    expect(codeOf(() => chosenRecipe(join(two, "c.onnx"), two))).toBe("recipe-invalid");
    const one = folderOf(recipe("a.onnx", 4, "gen"));
    expect(chosenRecipe(join("elsewhere", "c.onnx"), one)).toMatchObject({
      baseDirectory: one,
      recipe: { model: "c.onnx", weights: { bits: 4 } },
    });
  });

  it("is asked for by output name where several are about the model", () => {
    const folder = folderOf(recipe("a.onnx", 4, "gen"), recipe("a.onnx", 6, "gen", "wide"), recipe("b.onnx", 7, "gen"));
    const model = join(folder, "a.onnx");
    expect(errorOf(() => chosenRecipe(model, folder)).message).toBe(
      "bitwright.json: 2 of its recipes may be meant. Choose one with --recipe FILE#NAME: a, wide.".replace(
        "bitwright.json",
        folder.slice(folder.lastIndexOf("/") + 1),
      ),
    );
    expect(bitsOf(model, `${folder}#wide`)).toBe(6);
    expect(bitsOf(model, `${join(folder, "bitwright.json")}#a`)).toBe(4);
    expect(bitsOf(join(folder, "other.onnx"), `${folder}#wide`)).toBe(6);
    expect(errorOf(() => chosenRecipe(model, `${folder}#no`)).message).toContain('the output name "no"');
  });

  it("is asked for by folder and name where names are the same", () => {
    const folder = folderOf(recipe("a.onnx", 4, "m0"), recipe("a.onnx", 6, "m4"));
    const model = join(folder, "a.onnx");
    expect(errorOf(() => chosenRecipe(model, folder)).remedy).toContain("m0/a, m4/a");
    expect(codeOf(() => chosenRecipe(model, `${folder}#a`))).toBe("recipe-invalid");
    expect(bitsOf(model, `${folder}#m4/a`)).toBe(6);
  });

  it("comes out of a file that has # in its name", () => {
    const folder = folderOf();
    const file = join(folder, "net#1.json");
    writeFileSync(file, JSON.stringify({ models: [recipe("a.onnx", 5, "gen")] }));
    expect(bitsOf(join(folder, "a.onnx"), file)).toBe(5);
  });
});
