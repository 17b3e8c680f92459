import { describe, expect, it } from "vitest";
import { BitwrightError, type ErrorCode } from "../../../src/protocol/errors";
import { fieldOf, RecipeText } from "../../../src/runtime/recipe-text";

const LONG = `${"conv/".repeat(30)}weight`;

const TEXT = `{
  "models": [
    { "model": "a.onnx", "output": { "directory": "gen" } },
    {
      "model": "b.onnx",
      "weights": { "bits": 4 },
      "layers": {
        "/a.b[0]/*": { "bits": 2 },
        ${JSON.stringify(LONG)}: { "keep": "float" }
      },
      "output": { "directory": "gen", "emit": ["weights", "none"] }
    }
  ]
}
`;

const recipes = new RecipeText(TEXT);

function textAt(field: string): string {
  const { offset, length } = recipes.rangeOf(field);
  return TEXT.slice(offset, offset + length);
}

describe("RecipeText", () => {
  it("lists the recipes with their places", () => {
    expect(recipes.syntaxError).toBeNull();
    expect(recipes.recipes.map(({ model }) => model)).toEqual(["a.onnx", "b.onnx"]);
    for (const { offset, length, value } of recipes.recipes) {
      expect(JSON.parse(TEXT.slice(offset, offset + length))).toEqual(value);
    }
  });

  it.each([
    ["models[0].model", '"a.onnx"'],
    ["models[1].weights.bits", "4"],
    ["models[1].weights", '"weights"'],
    ["models[1].output.emit[1]", '"none"'],
    ['models[1].layers["/a.b[0]/*"]', '"/a.b[0]/*"'],
    ['models[1].layers["/a.b[0]/*"].bits', "2"],
    [`models[1].layers["${LONG.slice(0, 80)}…"]`, JSON.stringify(LONG)],
    ["models[1].minSqnrDb", "{"],
    ["models[1].weights.clip", '"weights"'],
    ["models[7].model", '"models"'],
    ["", "{"],
    ["no.such[field]", "{"],
  ])("finds %s", (field, expected) => {
    expect(textAt(field)).toBe(expected);
  });

  it("counts lines and characters from 0", () => {
    expect(recipes.positionAt(recipes.rangeOf("models[1].weights.bits").offset)).toEqual({ line: 5, character: 27 });
    expect(recipes.positionAt(0)).toEqual({ line: 0, character: 0 });
  });

  it.each(["", "{", "[]", '{"models": 3}', '{"models": [1, null, {"model": 5}]}', "\u0000", '{"models": [{"model":'])(
    "reads what is not a recipe file as far as it goes: %j",
    (text) => {
      const broken = new RecipeText(text);
      for (const { model } of broken.recipes) expect(model).toBeNull();
      expect(broken.rangeOf("models[0].model").offset).toBeLessThanOrEqual(text.length);
      expect(broken.syntaxError === null).toBe(isJson(text));
    },
  );

  it("takes the last of two fields of one name, as JSON does", () => {
    const twice = new RecipeText('{"models": [{"model": "a", "model": "b"}]}');
    expect(twice.recipes[0]?.model).toBe("b");
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("fieldOf", () => {
  it.each<[ErrorCode, string | undefined, number | null, string]>([
    ["recipe-invalid", "bitwright.json, models[2].weights.bits", null, "models[2].weights.bits"],
    ["layer-unknown", 'bitwright.json, models[0].layers["x"]', 0, 'models[0].layers["x"]'],
    ["recipe-invalid", "bitwright.json", null, ""],
    ["model-missing", undefined, 3, "models[3].model"],
    ["external-data-missing", 'external data "w.bin"', 1, "models[1].model"],
    ["data-missing", "data", 0, "models[0].calibration.data"],
    ["labels-invalid", "labels.csv", 0, "models[0].calibration.labels"],
    ["output-foreign", 'output "a.h" in /tmp', 0, "models[0].output.directory"],
    ["disk-full", undefined, 0, "models[0].output.directory"],
  ])("places %s in %s", (code, field, index, expected) => {
    expect(fieldOf(new BitwrightError(code, "p", "r", field === undefined ? {} : { field }), index)).toBe(expected);
  });
});
