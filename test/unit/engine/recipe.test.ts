import { describe, expect, it } from "vitest";
import { BitwrightError } from "../../../src/protocol/errors";
import { checkLayerRules, choiceFor, parseRecipe, parseRecipeFile } from "../../../src/engine/recipe";

const minimal = { model: "m.onnx", output: { directory: "firmware" } };

function errorOf(work: () => unknown): BitwrightError {
  try {
    work();
  } catch (error) {
    if (error instanceof BitwrightError) return error;
    throw error;
  }
  throw new Error("expected a BitwrightError");
}

describe("parseRecipe", () => {
  it("fills in every default", () => {
    expect(parseRecipe(minimal)).toEqual({
      model: "m.onnx",
      weights: { scheme: "symmetric", bits: 8, granularity: "channel", clip: "max", rounding: "half-even" },
      operators: {},
      layers: {},
      output: { directory: "firmware", emit: ["weights"], files: "split", order: "ohwi" },
    });
  });

  it.each<[string, object, string, string]>([
    ["an unknown field", { ...minimal, wieghts: {} }, "recipe-invalid", "wieghts"],
    ["an unknown field inside", { ...minimal, weights: { bit: 8 } }, "recipe-invalid", "weights.bit"],
    ["bits out of the scheme's range", { ...minimal, weights: { bits: 1 } }, "recipe-invalid", "weights.bits"],
    ["bits out of all range", { ...minimal, weights: { bits: 99 } }, "recipe-invalid", "weights.bits"],
    ["a fraction", { ...minimal, weights: { bits: 7.5 } }, "recipe-invalid", "weights.bits"],
    ["an unknown scheme", { ...minimal, weights: { scheme: "magic" } }, "recipe-invalid", "weights.scheme"],
    ["no output", { model: "m.onnx" }, "recipe-invalid", "output"],
    ["what is to come", { ...minimal, equalize: "two-step" }, "not-available", "equalize"],
    [
      "an output to come",
      { ...minimal, output: { directory: "f", emit: ["weights", "inference"] } },
      "not-available",
      'output.emit[1] = "inference"',
    ],
    ["a rule's bits", { ...minimal, layers: { "a*": { bits: 1 } } }, "recipe-invalid", 'layers["a*"].bits'],
    [
      "an operator that has no weights",
      { ...minimal, operators: { Relu: { bits: 4 } } },
      "recipe-invalid",
      "operators",
    ],
  ])("refuses %s, naming the field", (_, recipe, code, field) => {
    const error = errorOf(() => parseRecipe(recipe));
    expect(error.code).toBe(code);
    expect(error.place.field).toContain(field);
  });

  it("says where in a file the field stands and what was found", () => {
    const error = errorOf(() => parseRecipeFile({ models: [minimal, { ...minimal, weights: { bits: 99 } }] }));
    expect(error.message).toMatch(/^models\[1\]\.weights\.bits: .*got 99\. /);
  });
});

describe("choiceFor", () => {
  const recipe = parseRecipe({
    ...minimal,
    operators: { MatMul: { bits: 16 }, Gather: { keep: "float" } },
    layers: { "head*": { keep: "float" }, head2: { bits: 4 }, "*": { rounding: "half-away" } },
  });
  const choice = (name: string, op: "Conv" | "MatMul" | "Gather") => choiceFor(recipe, { name, op });

  it("merges weights, operator and name rules in that order", () => {
    expect(choice("x", "MatMul")).toMatchObject({ keep: "codes", settings: { bits: 16, rounding: "half-away" } });
    expect(choice("x", "Conv")).toMatchObject({ keep: "codes", settings: { bits: 8, rounding: "half-away" } });
  });

  it("keeps layers float, until a later rule chooses codes", () => {
    expect(
      choiceFor(parseRecipe({ ...minimal, layers: { "head*": { keep: "float" } } }), { name: "head1", op: "Conv" }),
    ).toEqual({
      keep: "float",
    });
    expect(choice("head2", "Conv")).toMatchObject({ keep: "codes", settings: { bits: 4 } });
  });
});

describe("checkLayerRules", () => {
  it("refuses a pattern without a layer and names the layers there are", () => {
    const recipe = parseRecipe({ ...minimal, layers: { "covn*": { bits: 4 } } });
    const error = errorOf(() => {
      checkLayerRules(recipe, [{ name: "conv1" }, { name: "conv2" }]);
    });
    expect(error.code).toBe("layer-unknown");
    expect(error.message).toContain('"conv1", "conv2"');
  });
});
