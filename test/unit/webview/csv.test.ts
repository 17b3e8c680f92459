import { expect, test } from "vitest";
import { layersCsv } from "../../../webview/report/csv";
import { sampleLayer, sampleNoise, sampleReport } from "./sample-report";

function nameCells(...names: string[]): string[] {
  const csv = layersCsv(sampleReport(names.map((name) => sampleLayer({ name }))));
  return names.map((_, index) => {
    const row = csv.slice(csv.indexOf(`\r\n${index},`) + 2 + `${index},`.length);
    return row.slice(0, row.indexOf(",Conv,"));
  });
}

test("one line a layer, as many cells as headings", () => {
  const lines = layersCsv(sampleReport([sampleLayer(), sampleLayer({ name: "b" })])).split("\r\n");
  expect(lines).toHaveLength(4);
  expect(lines[3]).toBe("");
  const widths = lines.slice(0, 3).map((line) => line.split(",").length);
  expect(new Set(widths).size).toBe(1);
  expect(lines[0]).toMatch(/^index,name,op,.*\bsqnr_db,exact\b/);
});

test("names that a spreadsheet would run stay text", () => {
  expect(nameCells("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "%0A=1")).toEqual([
    "'=1+1",
    "'+1",
    "'-1",
    "'@SUM(A1)",
    "'\t=1",
    "'%0A=1",
  ]);
});

test("commas, quotes and line breaks are quoted", () => {
  expect(nameCells("a,b", 'say "hi"', "two\nlines")).toEqual(['"a,b"', '"say ""hi"""', '"two\nlines"']);
});

test("negative numbers are numbers, and what there is not is empty", () => {
  const csv = layersCsv(sampleReport([sampleLayer({}, { sqnrDb: null, exact: true, outlierRatio: null })]));
  expect(csv).toContain(",channel,max,,true,-1,2,2,");
  expect(csv).not.toContain("null");
  expect(csv).not.toContain("'-1");
});

test("noise has columns of its own, empty where it was not measured", () => {
  const measured = sampleLayer({ noise: sampleNoise() });
  const [headings, first, second] = layersCsv(sampleReport([measured, sampleLayer()]))
    .split("\r\n")
    .map((line) => line.split(","));
  const at = (line: string[], heading: string) => line[headings.indexOf(heading)];
  expect(["isolated_weights_db", "isolated_both_db", "cumulative_db"].map((name) => at(first, name))).toEqual([
    "40",
    "38",
    "36",
  ]);
  expect(at(first, "sensitivity_kl_nats")).toBe("");
  expect(second).toHaveLength(headings.length);
  expect(at(second, "isolated_weights_db")).toBe("");
});
