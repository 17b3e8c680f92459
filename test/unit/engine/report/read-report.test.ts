import { expect, test } from "vitest";
import { reportText } from "../../../../src/engine/emit/report-json";
import { readReport } from "../../../../src/engine/report/read-report";
import { errorOf } from "../../caught";
import { sampleLayer, sampleReport } from "../../webview/sample-report";

test("reads what is written", () => {
  const report = sampleReport([sampleLayer()]);
  expect(readReport(reportText(report))).toEqual(report);
});

test.each([
  ["{", "It is not JSON"],
  ["[]", "It is not a report"],
  ['{"generator": {"name": "other", "version": "1"}, "version": 1}', "generator.name"],
  ['{"version": 2}', "It has version 2 of the format, not 1"],
])("refuses %s", (text, message) => {
  const error = errorOf(() => readReport(text));
  expect(error.code).toBe("report-invalid");
  expect(error.message).toContain(message);
});
