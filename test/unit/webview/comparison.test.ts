import { expect, test } from "vitest";
import { comparisonSchema } from "../../../src/protocol/comparison";
import { movedInGrid } from "../../../webview/compare/cursor";
import { heatOf, heatScale } from "../../../webview/compare/heat";
import { choiceSentence, mixtureText, tradeOffSentence } from "../../../webview/compare/sentences";
import { sampleComparison } from "./sample-comparison";

test("keys move within the grid", () => {
  const move = (key: string, row: number, column: number, withControl = false) =>
    movedInGrid(key, withControl, { row, column }, 25, 4);
  expect(move("ArrowDown", 1, 2)).toEqual({ row: 2, column: 2 });
  expect(move("ArrowUp", 0, 2)).toEqual({ row: 0, column: 2 });
  expect(move("ArrowRight", 1, 3)).toEqual({ row: 1, column: 3 });
  expect(move("ArrowLeft", 1, 3)).toEqual({ row: 1, column: 2 });
  expect(move("PageDown", 20, 1)).toEqual({ row: 24, column: 1 });
  expect(move("PageUp", 20, 1)).toEqual({ row: 10, column: 1 });
  expect(move("Home", 5, 2)).toEqual({ row: 5, column: 0 });
  expect(move("End", 5, 2, true)).toEqual({ row: 24, column: 3 });
  expect(move("x", 5, 2)).toBeUndefined();
});

test("heat spans the grid, ends at 60 dB, and is full for what is exact", () => {
  const cell = (sqnrDb: number | null) => ({ sqnrDb, exact: sqnrDb === null, bytes: 1 });
  const scale = heatScale([cell(20), cell(30), cell(40), cell(null)]);
  expect([20, 30, 40, null].map((level) => heatOf(level, scale))).toEqual([0, 0.5, 1, 1]);
  const wide = heatScale([cell(20), cell(100)]);
  expect([40, 60, 100].map((level) => heatOf(level, wide))).toEqual([0.5, 1, 1]);
  expect(heatOf(30, heatScale([cell(30)]))).toBe(1);
  expect(heatOf(null, heatScale([cell(null)]))).toBe(1);
});

test("a choice in words", () => {
  const comparison = comparisonSchema.parse(sampleComparison());
  expect(mixtureText(comparison, [1, 1, 1])).toBe("symmetric:4 for all layers");
  expect(mixtureText(comparison, [0, 1, 1])).toBe("2 × symmetric:4, 1 × symmetric:8");
  expect(choiceSentence({ candidates: [], bytes: 190, sqnrDb: 20, lowestSqnrDb: null })).toBe(
    "190 B of flash, SQNR 20.0 dB, lowest layer exact.",
  );
  expect(tradeOffSentence(comparison)).toContain("190 B with 20.0 dB to 340 B with 40.0 dB");
});
