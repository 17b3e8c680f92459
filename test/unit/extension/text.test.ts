import { expect, test } from "vitest";
import { notificationText } from "../../../src/extension/notification-text";
import { recipeOf } from "../../../src/extension/quantize/answers";
import { relativeInside } from "../../../src/extension/relative-path";
import { storedReportSchema } from "../../../src/extension/stored-report";
import { recipeSchema } from "../../../src/engine/recipe";
import { sampleLayer, sampleReport } from "../webview/sample-report";

test("a name cannot put a link into a notification", () => {
  expect(notificationText("layer [x](command:evil) [y](http://z)")).not.toMatch(/\]\(/);
});

test("only paths inside the workspace are inside", () => {
  expect(relativeInside("/w/a", "/w/a/firmware/x")).toBe("firmware/x");
  expect(relativeInside("/w/a", "/w/a")).toBe(".");
  expect(relativeInside("/w/a", "/w/a/..hidden")).toBe("..hidden");
  for (const outside of ["/w", "/w/ab", "/", "/w/a/../b"]) expect(relativeInside("/w/a", outside)).toBeUndefined();
});

test("the answers make a recipe that the engine takes", () => {
  const answers = { scheme: "symmetric", bits: 8, granularity: "channel", directory: "firmware" } as const;
  const recipe = recipeSchema.parse(recipeOf("models/m.onnx", answers));
  expect(recipe.model).toBe("models/m.onnx");
  expect(recipe.weights).toMatchObject({ scheme: "symmetric", bits: 8, granularity: "channel" });
  expect(recipe.output).toMatchObject({ directory: "firmware", emit: ["weights"] });
});

test("a kept report is read back, and anything else is none", () => {
  const stored = { model: "file:///w/m.onnx", files: ["/w/m.h"], report: sampleReport([sampleLayer()]) };
  const read = (text: string) => storedReportSchema.safeParse(JSON.parse(text)).data;
  expect(read(JSON.stringify(stored))).toEqual(stored);
  for (const text of ["null", "{}", JSON.stringify({ ...stored, report: { ...stored.report, version: 0 } })]) {
    expect(read(text)).toBeUndefined();
  }
});
