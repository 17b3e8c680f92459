import { describe, expect, it } from "vitest";
import { parseRecipeFile, choiceFor } from "../../../src/engine/recipe";
import { recipeWithLayerChange, withLayerChange, type LayerChange } from "../../../src/runtime/recipe-edit";
import { codeOf } from "../caught";

const TEXT = `{
    "models": [
        {
            "model": "a.onnx",   "output": { "directory": "gen" }
        },
        {
            "model": "b.onnx",
            "layers": {
                "conv1": { "clip": "mse", "bits": 4 },
                "conv*": { "bits": 6 },
                "head": { "keep": "float" }
            },
            "output": { "directory": "gen" }
        }
    ]
}
`;

/** What applies to a layer after the change. */
function choiceAfter(index: number, name: string, change: LayerChange, text = TEXT): unknown {
  const recipe = parseRecipeFile(JSON.parse(withLayerChange(text, index, { name, op: "Conv" }, change)))[index];
  const choice = choiceFor(recipe, { name, op: "Conv" });
  return choice.keep === "float" ? "float" : { bits: choice.settings.bits, clip: choice.settings.clip };
}

describe("withLayerChange", () => {
  it("changes the bits of a layer, whatever rules there are, and keeps what else its own says", () => {
    expect(choiceAfter(0, "conv1", { bits: 5 })).toEqual({ bits: 5, clip: "max" });
    expect(choiceAfter(1, "conv1", { bits: 5 })).toEqual({ bits: 5, clip: "mse" });
    expect(choiceAfter(1, "conv2", { bits: 3 })).toEqual({ bits: 3, clip: "max" });
    expect(choiceAfter(1, "head", { bits: 2 })).toEqual({ bits: 2, clip: "max" });
  });

  it("keeps a layer in float, and takes it out of that again", () => {
    expect(choiceAfter(1, "conv1", { keep: "float" })).toBe("float");
    expect(choiceAfter(1, "head", { keep: "codes" })).toEqual({ bits: 8, clip: "max" });
    const byPattern = TEXT.replace('"conv*": { "bits": 6 }', '"h*": { "keep": "float" }');
    expect(choiceAfter(1, "head", { keep: "codes" }, byPattern)).toEqual({ bits: 8, clip: "max" });
  });

  it("leaves the rest of the text as it was, indented as the file is", () => {
    const changed = withLayerChange(TEXT, 1, { name: "fc", op: "Gemm" }, { bits: 16 });
    const [before = "", after = ""] = TEXT.split('"head": { "keep": "float" }');
    expect(changed.startsWith(before)).toBe(true);
    expect(changed.endsWith(after)).toBe(true);
    expect(changed).toContain('\n                "fc": {\n                    "bits": 16\n                }\n');
    const tabs = '{\n\t"models": [\n\t\t{ "model": "a.onnx", "output": { "directory": "gen" } }\n\t]\n}\n';
    expect(withLayerChange(tabs, 0, { name: "fc", op: "Gemm" }, { bits: 4 })).toMatch(/\n\t+"layers": \{/);
  });

  it("drops parameters that were trained for another width", () => {
    const text = TEXT.replace('"clip": "mse", "bits": 4', '"parameters": [0.5], "bits": 4');
    expect(withLayerChange(text, 1, { name: "conv1", op: "Conv" }, { bits: 5 })).not.toContain("parameters");
  });

  it("writes names of any kind as text", () => {
    const name = 'a"b\\c\n__proto__';
    expect(choiceAfter(0, name, { keep: "float" })).toBe("float");
  });

  it("refuses what is no recipe", () => {
    expect(codeOf(() => withLayerChange("{}", 0, { name: "conv1", op: "Conv" }, { bits: 5 }))).toBe("recipe-invalid");
  });

  it("puts a whole rule last, in place of an earlier one, and changes recipes that are in no file likewise", () => {
    const recipe = { model: "m.onnx", layers: { conv: { bits: 4 }, "c*": { bits: 2 } }, output: { directory: "d" } };
    const changed = recipeWithLayerChange(
      recipe,
      { name: "conv", op: "Conv" },
      { rule: { scheme: "affine", bits: 6 } },
    );
    const layers = { "c*": { bits: 2 }, conv: { scheme: "affine", bits: 6 } };
    expect(JSON.stringify(changed)).toBe(JSON.stringify({ ...recipe, layers }));
  });
});
