import { describe, expect, it } from "vitest";
import { allCandidates, parseCandidates } from "../../../../src/engine/compare/candidates";
import { compareSchemes } from "../../../../src/engine/compare/compare";
import { outcomeOf, recipeOf, suggestForBudget, suggestForSqnr } from "../../../../src/engine/compare/suggest";
import { parseRecipe } from "../../../../src/engine/recipe";
import { runPipeline } from "../../../../src/engine/pipeline";
import { SCHEMES } from "../../../../src/engine/schemes/registry";
import { comparisonSchema } from "../../../../src/protocol/comparison";
import { modelSource, node, randomTensor } from "../onnx/model-builder";
import { codeOf } from "../../caught";

const context = { generatorVersion: "test", sha256: () => "0".repeat(64) };

/** Two layers of different ranges, and a third that shares the weights of the second. */
const source = modelSource({
  nodes: [
    node("MatMul", ["x", "a"], ["h"], {}, "first"),
    node("MatMul", ["h", "b"], ["i"], {}, "second"),
    node("MatMul", ["i", "b"], ["y"], {}, "third"),
  ],
  initializers: [randomTensor("a", [40, 16], 1), randomTensor("b", [16, 16], 2)],
});

describe("compareSchemes", () => {
  it("measures every cell as the pipeline does", async () => {
    const candidates = parseCandidates("symmetric:8,symmetric:5:tensor");
    const comparison = comparisonSchema.parse(await compareSchemes(source, candidates, context));
    for (const [index, { settings }] of candidates.entries()) {
      const recipe = parseRecipe({ model: "m", weights: settings, output: { directory: "d" } });
      const { report } = await runPipeline(source, recipe, context);
      expect(comparison.layers.map(({ cells }) => cells[index].sqnrDb)).toEqual(
        report.layers.map(({ weights }) => weights.sqnrDb),
      );
      expect(comparison.layers.map(({ cells }) => cells[index].bytes)).toEqual(report.layers.map(({ bytes }) => bytes));
      expect(comparison.uniform[index].bytes).toBe(report.totals.bytes);
      expect(report.layers.map((layer) => layer.settings)).toEqual(report.layers.map(() => settings));
    }
    expect(comparison.layers.map(({ sharedWith }) => sharedWith)).toEqual([null, null, "second"]);
  });
});

describe("suggestions", () => {
  it("fit the budget, keep the floor, and the recipe carries them out", async () => {
    const comparison = await compareSchemes(source, parseCandidates("symmetric:16,symmetric:8,symmetric:4"), context);
    const smallest = Math.min(...comparison.uniform.map(({ bytes }) => bytes));
    const largest = Math.max(...comparison.uniform.map(({ bytes }) => bytes));
    for (const budget of [smallest, smallest + 300, largest]) {
      const suggestion = suggestForBudget(comparison, budget);
      expect(suggestion.bytes).toBeLessThanOrEqual(budget);
      const recipe = parseRecipe(recipeOf(comparison, suggestion.choice, "m.onnx", "firmware"));
      const { report } = await runPipeline(source, recipe, context);
      expect(report.totals.bytes).toBe(suggestion.bytes);
      expect(outcomeOf(comparison, suggestion.choice)).toEqual(suggestion);
      expect(Math.min(...report.layers.map(({ weights }) => weights.sqnrDb ?? Infinity))).toBe(suggestion.lowestSqnrDb);
    }
    expect(suggestForBudget(comparison, largest).choice).toEqual(
      new Map([
        ["first", 0],
        ["second", 0],
      ]),
    );
    for (const [index, { bytes, sqnrDb }] of comparison.uniform.entries()) {
      const outcome = outcomeOf(
        comparison,
        new Map([
          ["first", index],
          ["second", index],
        ]),
      );
      expect(outcome.bytes).toBe(bytes);
      expect(outcome.sqnrDb).toBeCloseTo(sqnrDb ?? NaN, 9);
    }
    expect(suggestForSqnr(comparison, 40).lowestSqnrDb).toBeGreaterThanOrEqual(40);
    expect(codeOf(() => suggestForBudget(comparison, smallest - 1))).toBe("usage");
    expect(codeOf(() => suggestForSqnr(comparison, 500))).toBe("usage");
  });
});

describe("parseCandidates", () => {
  it.each([
    "",
    "symmetric",
    "magic:8",
    "symmetric:99",
    "symmetric:8:block",
    "symmetric:8:tensor:x",
    "symmetric:8,symmetric:8",
    "symmetric:-1",
  ])("refuses %j", (text) => {
    expect(codeOf(() => parseCandidates(text))).toBe("usage");
  });

  it("offers every scheme at every width that it takes", () => {
    const all = allCandidates([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(all.map(({ settings }) => settings.scheme))).toEqual(new Set(SCHEMES.map(({ id }) => id)));
    expect(
      all.every(({ settings }) =>
        SCHEMES.some(
          ({ id, minBits, maxBits }) => id === settings.scheme && settings.bits >= minBits && settings.bits <= maxBits,
        ),
      ),
    ).toBe(true);
  });
});
