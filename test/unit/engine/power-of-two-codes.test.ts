import { describe, expect, it } from "vitest";
import { powerOfTwoCodes } from "../../../src/engine/power-of-two-codes";
import { parseRecipe } from "../../../src/engine/recipe";
import { randomNetwork } from "./transforms/random-networks";

const { layers } = randomNetwork({ seed: 1, blocks: [{ kind: "conv", activation: "Relu" }], head: "average" });
const names = layers.map(({ name }) => name);
const recipeOf = (parts: Record<string, unknown>) =>
  parseRecipe({ model: "m.onnx", output: { directory: "out" }, ...parts });

describe("powerOfTwoCodes", () => {
  it("has none where all scales are free, and none for scales of channels", () => {
    expect(powerOfTwoCodes(recipeOf({ activations: {} }), layers)).toBeNull();
    expect(powerOfTwoCodes(recipeOf({ weights: { scheme: "pow2", granularity: "channel" } }), layers)).toBeNull();
  });

  it("takes widths from the rules of layers, and leaves out those that stay float or have another scheme", () => {
    const recipe = recipeOf({
      weights: { scheme: "pow2", granularity: "tensor" },
      activations: { scheme: "pow2", bits: 16 },
      layers: { [names[0]]: { bits: 4 }, [names[1]]: { keep: "float" } },
    });
    expect(powerOfTwoCodes(recipe, layers)).toEqual({
      weights: new Map([[names[0], 7], ...names.slice(2).map((name) => [name, 127] as const)]),
      activations: 32767,
    });
  });
});
