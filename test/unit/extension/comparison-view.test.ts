import { expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import {
  chosenForAll,
  chosenForBudget,
  chosenForLayer,
  chosenMixture,
  startingView,
  withSavedChoice,
} from "../../../src/extension/compare/comparison-view";
import { BitwrightError } from "../../../src/protocol/errors";
import { fromComparisonPageSchema } from "../../../src/protocol/comparison-page";
import { sampleComparison } from "../webview/sample-comparison";

const start = startingView(sampleUri(), sampleComparison());

/** Only passed through. */
function sampleUri(): vscode.Uri {
  return vi.fn<() => vscode.Uri>()();
}

test("the choice starts with what keeps most, and costs what the comparison says", () => {
  const chosen = chosenMixture(start);
  expect(chosen.candidates).toEqual([0, 0, 0]);
  expect(chosen.bytes).toBe(340);
  expect(chosen.sqnrDb).toBeCloseTo(40, 10);
  expect(chosen.lowestSqnrDb).toBe(40);
});

test("one candidate for all layers costs what its point says", () => {
  for (const [candidate, { bytes, sqnrDb }] of start.comparison.uniform.entries()) {
    const chosen = chosenMixture(chosenForAll(start, candidate));
    expect(chosen.bytes).toBe(bytes);
    expect(chosen.sqnrDb).toBeCloseTo(sqnrDb ?? NaN, 10);
  }
});

test("layers that share weights are chosen together, whichever is clicked", () => {
  for (const layer of [1, 2]) expect(chosenMixture(chosenForLayer(start, layer, 1)).candidates).toEqual([0, 1, 1]);
});

test("a budget becomes the best mixture that fits, and one too small is refused", () => {
  const chosen = chosenMixture(chosenForBudget(start, 300));
  expect(chosen.bytes).toBeLessThanOrEqual(300);
  expect(chosen.candidates).toEqual([0, 1, 1]);
  expect(() => chosenForBudget(start, 189)).toThrow(BitwrightError);
});

test("cells that are not there change nothing", () => {
  expect(chosenForLayer(start, 9, 0)).toBe(start);
  expect(chosenForLayer(start, 0, 9)).toBe(start);
  expect(chosenForAll(start, 9)).toBe(start);
});

test("a saved choice is taken up where it is of this model, as far as it fits", () => {
  const { sha256 } = start.comparison.model;
  expect(chosenMixture(withSavedChoice(start, { sha256, chosen: [1, 1, 1] })).candidates).toEqual([1, 1, 1]);
  expect(chosenMixture(withSavedChoice(start, { sha256, chosen: [1, 99, 99] })).candidates).toEqual([1, 0, 0]);
  expect(withSavedChoice(start, { sha256: "other", chosen: [1, 1, 1] })).toBe(start);
  expect(withSavedChoice(start, { sha256, chosen: [1] })).toBe(start);
});

test("messages of another form are none", () => {
  expect(fromComparisonPageSchema.safeParse({ kind: "choose", layer: 0, candidate: 1 }).success).toBe(true);
  for (const message of [null, {}, { kind: "choose", layer: -1, candidate: 0 }, { kind: "suggest", budget: 1.5 }]) {
    expect(fromComparisonPageSchema.safeParse(message).success).toBe(false);
  }
});
