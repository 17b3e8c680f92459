import { expect, test } from "vitest";
import { settingsText } from "../../../src/protocol/layer-settings";
import { fromModelPageSchema, fromReportPageSchema } from "../../../src/protocol/webview";
import { gridLines } from "../../../webview/report/grid-lines";
import { gridSentence } from "../../../webview/report/sentences";
import { sampleLayer } from "./sample-report";

test("levels stand where their values are, and those beyond the axis are not counted", () => {
  expect(gridLines([-2, -1, 0, 0.5, 1, 2], -1, 1, 100)).toEqual({ positions: [0, 50, 75, 100], within: 4 });
});

test("levels denser than the screen are thinned, never moved", () => {
  const levels = Array.from({ length: 256 }, (_, index) => index / 255);
  const { positions, within } = gridLines(levels, 0, 1, 255);
  expect(within).toBe(256);
  expect(positions.length).toBe(86);
  expect(positions.slice(1).every((position, index) => position - positions[index] >= 3)).toBe(true);
  expect(positions.every((position) => Number.isInteger(Math.round(position * 1e9) / 1e9))).toBe(true);
});

test("a constant layer has its level in the middle", () => {
  expect(gridLines([0], 0, 0, 100)).toEqual({ positions: [50], within: 1 });
});

test("the legend says whose levels they are and how many are drawn", () => {
  expect(gridSentence({ channel: null, levels: [] }, 15, 15)).toBe("levels: 15");
  expect(gridSentence({ channel: 3, levels: [] }, 86, 256)).toBe("levels of channel 3: 256, 86 drawn");
});

test("what applied, in few words", () => {
  expect(settingsText(sampleLayer())).toBe("symmetric 8-bit channel");
  expect(settingsText(sampleLayer({ settings: { clip: "mse" } }))).toBe("symmetric 8-bit channel, clip mse");
  expect(settingsText(sampleLayer({ scheme: "float", settings: null }))).toBe("float");
});

test("the model editor's page can ask for nothing that writes a rule", () => {
  const message = { kind: "keep-float", layer: 0 };
  expect(fromReportPageSchema.safeParse(message).success).toBe(true);
  expect(fromModelPageSchema.safeParse(message).success).toBe(false);
  expect(fromReportPageSchema.safeParse({ ...message, layer: -1 }).success).toBe(false);
});
