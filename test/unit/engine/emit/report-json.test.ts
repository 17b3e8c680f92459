import { describe, expect, it } from "vitest";
import { isOwnFile } from "../../../../src/engine/emit/banner";
import { reportArtifact } from "../../../../src/engine/emit/report-json";
import { NOT_MEASURED } from "../../../../src/protocol/noise";
import { reportSchema, type Report } from "../../../../src/protocol/report";

const report: Report = {
  generator: { name: "bitwright", version: "0.0.0-test" },
  version: 1,
  model: {
    name: 'a "hostile"\n name.onnx',
    sha256: "00".repeat(32),
    bytes: 10,
    producer: "",
    irVersion: 8,
    opsets: [{ domain: "", version: 17 }],
    inputs: [{ name: "x", type: "float", shape: [1, "n"] }],
    outputs: [],
    nodes: 1,
    parameters: 0,
    ...NOT_MEASURED,
  },
  recipe: { long: Array.from({ length: 300 }, (_, index) => index / 7) },
  layers: [],
  unquantizable: [],
  transforms: null,
  biasCorrection: null,
  inference: null,
  totals: { parameters: 0, bytes: 0, floatBytes: 0, sqnrDb: null, exact: true },
  artifacts: [],
  notes: [],
};

describe("reportArtifact", () => {
  const { path, bytes } = reportArtifact(report, "x_report.json");
  const text = new TextDecoder().decode(bytes);

  it("is the report, and known as ours", () => {
    expect(path).toBe("x_report.json");
    expect(reportSchema.parse(JSON.parse(text))).toEqual(report);
    expect(isOwnFile(bytes)).toBe(true);
  });

  it("has an indent of two and fills lines with numbers", () => {
    const lines = text.split("\n");
    expect(lines[1]).toBe('  "generator": { "name": "bitwright", "version": "0.0.0-test" },');
    expect(lines.at(-1)).toBe("");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    const lengthsOfNumberLines = lines.filter((line) => /^ +[\d., ]+$/.test(line)).map((line) => line.length);
    expect(lengthsOfNumberLines.length).toBeGreaterThan(50);
    expect(Math.min(...lengthsOfNumberLines.slice(0, -1))).toBeGreaterThan(70);
  });

  it("does not depend on the order in which the report was put together", () => {
    const { generator, ...rest } = report;
    expect(reportArtifact({ ...rest, generator }, "x_report.json").bytes).toEqual(bytes);
  });
});
