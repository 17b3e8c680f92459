import { expect, test } from "vitest";
import { compareReports } from "../../../../src/engine/report/compare-reports";
import { changeText } from "../../../../src/protocol/report-difference";
import { sampleLayer, sampleNoise, sampleReport } from "../../webview/sample-report";

const eightBits = sampleReport([sampleLayer(), sampleLayer({ name: "fc", bytes: 100 })]);
const fourBits = sampleReport([
  sampleLayer({ bits: 4, bytes: 18 }, { sqnrDb: 20 }),
  sampleLayer({ name: "head", bytes: 50 }),
]);

test("layers are matched by name; what only one report has stands last, with one side empty", () => {
  const { layers } = compareReports(eightBits, fourBits);
  expect(layers.map(({ name, before, after }) => [name, before === null, after === null])).toEqual([
    ["conv", false, false],
    ["head", true, false],
    ["fc", false, true],
  ]);
  expect(layers[1].sqnr).toEqual({ before: null, after: 40, difference: null, verdict: null });
});

test("fewer bytes are better, fewer decibels worse", () => {
  const [conv] = compareReports(eightBits, fourBits).layers;
  expect(conv.bytes).toEqual({ before: 36, after: 18, difference: -18, verdict: "better" });
  expect(conv.sqnr).toEqual({ before: 40, after: 20, difference: -20, verdict: "worse" });
  expect(changeText(conv.bytes, "bytes")).toBe("✓ −18 B");
  expect(changeText(conv.sqnr, "decibels")).toBe("✗ −20.0 dB");
});

test("no noise at all is better than any ratio", () => {
  const exact = sampleReport([sampleLayer({}, { sqnrDb: null, exact: true })]);
  const { sqnr } = compareReports(sampleReport([sampleLayer()]), exact).layers[0];
  expect(sqnr.verdict).toBe("better");
  expect(changeText(sqnr, "decibels")).toBe("✓ 40.0 dB → exact");
  expect(compareReports(exact, exact).layers[0].sqnr.verdict).toBe("same");
});

test("a difference that no figure shows is none", () => {
  const almost = sampleReport([sampleLayer({}, { sqnrDb: 40.04 })]);
  const { sqnr } = compareReports(sampleReport([sampleLayer()]), almost).layers[0];
  expect(sqnr.verdict).toBe("same");
  expect(changeText(sqnr, "decibels")).toBe("=");
});

test("weights that are left as they are have no ratio", () => {
  const float = sampleReport([sampleLayer({ scheme: "float", settings: null }, { sqnrDb: null, exact: true })]);
  expect(compareReports(float, eightBits).layers[0].sqnr).toMatchObject({ before: null, after: 40, verdict: null });
});

test("totals are those that a report has", () => {
  const named = (a: typeof eightBits, b: typeof eightBits) =>
    compareReports(a, b).totals.map(({ definition }) => definition);
  expect(named(eightBits, fourBits)).toEqual(["flash", "overallSqnr"]);
  const measured = sampleReport([sampleLayer({ noise: sampleNoise() })]);
  const model = { ...measured.model, agreement: 0.98, outputSqnrDb: 30, evaluationSamples: 64 };
  expect(named(eightBits, { ...measured, model })).toEqual(["flash", "overallSqnr", "agreement", "outputSqnr"]);
});

test("it is said where figures cannot be read side by side", () => {
  const model = { ...fourBits.model, sha256: "cd".repeat(32), evaluationSamples: 64 };
  const other = { ...fourBits, model, generator: { name: "bitwright" as const, version: "9.9.9" } };
  expect(compareReports(eightBits, eightBits).cautions).toEqual([]);
  const { cautions } = compareReports({ ...eightBits, model: { ...eightBits.model, evaluationSamples: 8 } }, other);
  expect(cautions).toHaveLength(3);
  expect(cautions[1]).toContain("8 samples before and on 64 after");
});
