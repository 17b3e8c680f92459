import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRecipe } from "../../../src/engine/recipe";
import { withoutDefaults } from "../../../src/engine/recipe-without-defaults";
import { codeOf } from "../caught";

const smallest = { model: "m.onnx", output: { directory: "gen" } };
const usualWeights = { scheme: "symmetric", bits: 8, granularity: "channel" };

describe("withoutDefaults", () => {
  it("says of weights what recipes are read for, and nothing else that is usual", () => {
    expect(withoutDefaults(smallest)).toEqual({ ...smallest, weights: usualWeights });
    expect(withoutDefaults(parseRecipe(smallest))).toEqual({ ...smallest, weights: usualWeights });
  });

  it("keeps what is not usual, in every part of a recipe", () => {
    const recipe = {
      model: "m.onnx",
      weights: { scheme: "ceil", bits: 4, granularity: "tensor", alpha: "max" },
      equalize: "two-step",
      biasCorrection: "empirical",
      calibration: { data: "samples.npy", samples: 16 },
      layers: { "/conv*": { bits: 6 }, "/fc": { keep: "float" } },
      minSqnrDb: 20,
      output: { directory: "gen", name: "net", emit: ["weights", "report"], order: "onnx" },
    };
    expect(withoutDefaults(recipe)).toEqual(recipe);
    expect(withoutDefaults(parseRecipe(recipe))).toEqual(recipe);
  });

  it("means the same recipe", () => {
    const recipes = fc.record(
      {
        model: fc.constant("m.onnx"),
        weights: fc.record(
          {
            scheme: fc.constantFrom("symmetric", "affine"),
            bits: fc.constantFrom(2, 8, 16),
            granularity: fc.constantFrom("tensor", "channel"),
            clip: fc.constantFrom("max", "mse"),
            rounding: fc.constantFrom("half-even", "truncate"),
          },
          { requiredKeys: [] },
        ),
        equalize: fc.constantFrom("none", "cle"),
        equalizeMax: fc.constantFrom(16, 4),
        layers: fc.constantFrom({}, { "*": { bits: 5 } }),
        output: fc.record(
          {
            directory: fc.constantFrom(".", "gen"),
            files: fc.constantFrom("split", "header"),
            packing: fc.constantFrom("dense", "none"),
            emit: fc.constantFrom(["weights"], ["report"]),
          },
          { requiredKeys: ["directory"] },
        ),
      },
      { requiredKeys: ["model", "output"] },
    );
    fc.assert(
      fc.property(recipes, (recipe) => {
        const short = withoutDefaults(recipe);
        expect(parseRecipe(short)).toEqual(parseRecipe(recipe));
        expect(withoutDefaults(short)).toEqual(short);
      }),
    );
  });

  it("refuses what is no recipe", () => {
    expect(codeOf(() => withoutDefaults({ model: "m.onnx" }))).toBe("recipe-invalid");
  });
});
