import { expect, test } from "vitest";
import { channelSentence, histogramSentence, sqnrSentence } from "../../../webview/report/sentences";
import { sampleLayer, sampleSnapshot } from "./sample-report";

test("the chart of SQNR says its range, its lowest layer and how many are low", () => {
  const layers = [
    sampleLayer(),
    sampleLayer({ name: "bad" }, { sqnrDb: 12 }),
    sampleLayer({}, { sqnrDb: null, exact: true }),
  ];
  expect(sqnrSentence(sampleSnapshot(layers))).toBe(
    "Bar chart of the SQNR of 3 layers, from 12.0 dB (bad) to 40.0 dB; 1 below 30 dB. The arrow keys select a layer.",
  );
});

test("the chart of SQNR says so where nothing has noise", () => {
  expect(sqnrSentence(sampleSnapshot([sampleLayer({ scheme: "float" })]))).toContain("none has quantization noise");
});

test("the chart of channels names the dominant one and how far it stands out", () => {
  expect(channelSentence(sampleLayer())).toBe(
    "Ranges of the 2 output channels of conv. Channel 1 is dominant with −1 to 2, 1.60 times the median channel.",
  );
});

test("a layer of zeros has no ratio to its median", () => {
  const channels = { min: [0, 0], max: [0, 0], sqnrDb: [null, null], dominant: 0 };
  expect(channelSentence(sampleLayer({}, { channels }))).not.toMatch(/NaN|Infinity|times/);
});

test("the histogram says whether it shows codes", () => {
  expect(histogramSentence(sampleLayer())).toContain("before and after");
  const histogram = { min: 0, max: 1, counts: [1], quantizedCounts: null };
  expect(histogramSentence(sampleLayer({}, { histogram }))).not.toContain("after");
});
