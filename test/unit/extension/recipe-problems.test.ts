import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recipeProblems, type ProblemOptions } from "../../../src/extension/recipes/recipe-problems";
import { temporaryFolder } from "../temporary-folder";

const folder = mkdtempSync(join(temporaryFolder(), "p-"));
const file = join(folder, "bitwright.json");
writeFileSync(join(folder, "m.onnx"), "");

const good = { model: "m.onnx", output: { directory: "gen" } };

/** Code of every problem, and the text that it marks. */
function problems(text: string, options: Partial<ProblemOptions> = {}): [string, string][] {
  const found = recipeProblems(file, text, {
    schemaIsChecked: false,
    layerNames: () => ["/conv1", "/conv2", "/fc"],
    ...options,
  });
  return found.map(({ error, range }) => [error.code, text.slice(range.offset, range.offset + range.length)]);
}

const fileOf = (...models: object[]): string => JSON.stringify({ models }, null, 2);

describe("recipeProblems", () => {
  it("finds none in a good file", () => {
    expect(problems(fileOf({ ...good, layers: { "/conv*": { bits: 4 } } }))).toEqual([]);
  });

  it.each<[string, object, [string, string][]]>([
    ["a missing model", { ...good, model: "no.onnx" }, [["model-missing", '"no.onnx"']]],
    ["missing data", { ...good, calibration: { data: "no.npy" } }, [["data-missing", '"no.npy"']]],
    ["an output outside", { ...good, output: { directory: "../gen" } }, [["output-outside", '"../gen"']]],
    [
      "every rule that matches no layer",
      { ...good, layers: { "/conv9": { bits: 4 }, "/fc": { bits: 4 }, covn: { keep: "float" } } },
      [
        ["layer-unknown", '"/conv9"'],
        ["layer-unknown", '"covn"'],
      ],
    ],
    ["what the schema cannot say", { ...good, weights: { bits: 1 } }, [["recipe-invalid", "1"]]],
    ["an unknown field", { ...good, wieghts: {} }, [["recipe-invalid", '"wieghts"']]],
  ])("marks %s", (_, recipe, expected) => {
    expect(problems(fileOf({ ...good, output: { directory: "other" } }, recipe))).toEqual(expected);
  });

  it("goes on after a recipe that is wrong", () => {
    const wrong = { ...good, weights: { bits: 99 } };
    expect(problems(fileOf(wrong, { ...good, model: "no.onnx" }))).toEqual([
      ["recipe-invalid", "99"],
      ["model-missing", '"no.onnx"'],
    ]);
  });

  it("marks recipes that write the same files", () => {
    expect(problems(fileOf(good, good))).toEqual([["recipe-invalid", '"output"']]);
  });

  it("leaves to the schema what the schema says", () => {
    const checked = { schemaIsChecked: true };
    expect(problems(fileOf({ ...good, wieghts: {} }), checked)).toEqual([]);
    expect(problems("{", checked)).toEqual([]);
    expect(problems("[]", checked)).toEqual([]);
    expect(problems(fileOf({ ...good, weights: { bits: 1 } }), checked)).toEqual([["recipe-invalid", "1"]]);
  });

  it.each(["", "{", "[]", "{}", '{"models": []}', "null", '{"models": 3}'])("says what is wrong with %j", (text) => {
    expect(problems(text).map(([code]) => code)).toEqual(["recipe-invalid"]);
  });

  it("says nothing of layers that are not known", () => {
    const recipe = { ...good, layers: { covn: { bits: 4 } } };
    expect(problems(fileOf(recipe), { layerNames: () => undefined })).toEqual([]);
  });
});
