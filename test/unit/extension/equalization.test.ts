import { expect, test } from "vitest";
import { parseRecipe } from "../../../src/engine/recipe";
import { recipeOf } from "../../../src/extension/quantize/answers";
import { trialFrom } from "../../../src/extension/report-panel/trial-figures";
import { fromEqualizationPageSchema } from "../../../src/protocol/equalization-page";
import { NOT_MEASURED } from "../../../src/protocol/noise";
import { fromReportPageSchema } from "../../../src/protocol/webview";
import { sampleLayer, sampleNoise, sampleReport } from "../webview/sample-report";

const SETTINGS = {
  equalize: "two-step",
  equalizeMax: 16,
  relu6: "exact",
  deadChannels: "fold",
  biasCorrection: "none",
} as const;

test("a trial has the figures of the shown layers, by name", () => {
  const shown = sampleReport([sampleLayer({ name: "a" }), sampleLayer({ name: "b" })]);
  const tried = sampleReport([sampleLayer({ name: "b", noise: sampleNoise() })]);
  const trial = trialFrom(SETTINGS, shown, { ...tried, model: { ...tried.model, agreement: 0.5 } });
  expect(trial.layers).toEqual([null, { weights: 40, activations: 42, both: 38 }]);
  expect(trial.model).toEqual({ ...NOT_MEASURED, agreement: 0.5 });
});

test("answers to a quantization hold what is done on data, and the recipe takes it", () => {
  const recipe = parseRecipe(
    recipeOf("m.onnx", {
      scheme: "symmetric",
      bits: 8,
      granularity: "tensor",
      directory: "firmware",
      transforms: { equalize: "two-step", biasCorrection: "empirical" },
      calibration: { random: true, samples: 64 },
    }),
  );
  expect(recipe).toMatchObject({ equalize: "two-step", biasCorrection: "empirical", calibration: { samples: 64 } });
});

test("the pages' messages are checked", () => {
  const trying = { kind: "try-equalization", settings: SETTINGS };
  expect(fromReportPageSchema.safeParse(trying).success).toBe(true);
  for (const settings of [{}, { ...SETTINGS, equalize: "all" }, { ...SETTINGS, more: 1 }, { ...SETTINGS, relu6: null }])
    expect(fromReportPageSchema.safeParse({ ...trying, settings }).success).toBe(false);
  const quantizing = { kind: "quantize", variant: 1, outcome: 0 };
  expect(fromEqualizationPageSchema.safeParse(quantizing).success).toBe(true);
  for (const variant of [-1, 0.5, "0"])
    expect(fromEqualizationPageSchema.safeParse({ ...quantizing, variant }).success).toBe(false);
});
