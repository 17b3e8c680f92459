import { expect, test } from "vitest";
import { notificationText } from "../../../src/extension/notification-text";
import { recipeOf } from "../../../src/extension/quantize/answers";
import { recipeWithRule } from "../../../src/extension/quantize/layer-rule";
import { relativeInside } from "../../../src/extension/relative-path";
import { storedReportSchema } from "../../../src/extension/stored-report";
import { recipeSchema } from "../../../src/engine/recipe";
import { BitwrightError } from "../../../src/protocol/errors";
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

test("a rule for one layer comes last, in place of an earlier one", () => {
  const report = sampleReport([sampleLayer()]);
  const recipe = { model: "m.onnx", layers: { conv: { bits: 4 }, "c*": { bits: 2 } }, output: { directory: "d" } };
  const changed = recipeWithRule({ ...report, recipe }, "conv", { keep: "float" });
  expect(changed).toEqual({ ...recipe, layers: { "c*": { bits: 2 }, conv: { keep: "float" } } });
  expect(Object.keys(recipeSchema.parse(changed).layers)).toEqual(["c*", "conv"]);
  expect(recipeWithRule({ ...report, recipe: {} }, "conv", { bits: 6 })).toEqual({ layers: { conv: { bits: 6 } } });
  expect(() => recipeWithRule({ ...report, recipe: null }, "conv", {})).toThrow(BitwrightError);
});

test("a kept report is read back, and anything else is none", () => {
  const stored = { model: "file:///w/m.onnx", files: ["/w/m.h"], report: sampleReport([sampleLayer()]) };
  const read = (text: string) => storedReportSchema.safeParse(JSON.parse(text)).data;
  expect(read(JSON.stringify(stored))).toEqual(stored);
  for (const text of ["null", "{}", JSON.stringify({ ...stored, report: { ...stored.report, version: 0 } })]) {
    expect(read(text)).toBeUndefined();
  }
});
