import { expect, test } from "vitest";
import { gradeOf } from "../../../src/extension/grade";
import { sampleLayer } from "../webview/sample-report";

test("a layer is low below the threshold and very low below two thirds of it", () => {
  const grades = [30, 29.9, 20, 19.9, -5].map((sqnrDb) => gradeOf(sampleLayer({}, { sqnrDb }), 30));
  expect(grades).toEqual(["good", "low", "low", "very-low", "very-low"]);
});

test("noise where all weights are zero is no exactness", () => {
  expect(gradeOf(sampleLayer({}, { sqnrDb: null, exact: false }), 30)).toBe("very-low");
});

test("what has no noise is not judged by it", () => {
  expect(gradeOf(sampleLayer({}, { sqnrDb: null, exact: true }), 30)).toBe("exact");
  expect(gradeOf(sampleLayer({ scheme: "float" }, { sqnrDb: null, exact: true }), 30)).toBe("float");
});
