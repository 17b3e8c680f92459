import { expect, test } from "vitest";
import { parseRecipe, recipeSchema } from "../../../src/engine/recipe";
import {
  analysisAnswersOf,
  analysisRecipe,
  calibrationOf,
  dataAnswersOf,
  type AnalysisAnswers,
} from "../../../src/extension/analyze/answers";
import { sampleLayer, sampleReport } from "../webview/sample-report";

const ANSWERS: AnalysisAnswers = {
  data: "data/images.npy",
  labels: "data/labels.npy",
  samples: 64,
  preprocessing: { scale: 1 / 255, mean: [0.5] },
  activations: { scheme: "affine", bits: 8 },
};

test("the answers make a recipe that the engine takes", () => {
  const recipe = parseRecipe(analysisRecipe("models/m.onnx", ANSWERS, undefined));
  expect(recipe.model).toBe("models/m.onnx");
  expect(recipe.activations).toMatchObject({ scheme: "affine", bits: 8, range: "max" });
  expect(recipe.calibration).toEqual({
    data: "data/images.npy",
    labels: "data/labels.npy",
    samples: 64,
    scale: 1 / 255,
    mean: [0.5],
  });
});

test("random numbers have neither labels nor preprocessing", () => {
  const { calibration } = parseRecipe(analysisRecipe("m.onnx", { ...ANSWERS, data: null }, undefined));
  expect(calibration).toEqual({ random: true, samples: 64 });
});

test("the weights of the last quantization are analyzed, its data are not", () => {
  const quantized = recipeSchema.parse({
    model: "other.onnx",
    weights: { scheme: "pow2", bits: 4 },
    layers: { conv: { keep: "float" } },
    calibration: { random: true },
    output: { directory: "firmware/m" },
  });
  const report = { ...sampleReport([sampleLayer()]), recipe: quantized };
  const recipe = parseRecipe(analysisRecipe("m.onnx", ANSWERS, report));
  expect(recipe.weights).toMatchObject({ scheme: "pow2", bits: 4 });
  expect(recipe.layers).toEqual({ conv: { keep: "float" } });
  expect(recipe.output.directory).toBe("firmware/m");
  expect(recipe.model).toBe("m.onnx");
  expect(recipe.calibration?.random).toBeUndefined();
});

test("what was done to the model before stays", () => {
  const quantized = recipeSchema.parse({
    model: "m.onnx",
    equalize: "cle",
    relu6: "paper",
    biasCorrection: "analytic",
    calibration: { random: true },
    output: { directory: "firmware" },
  });
  const report = { ...sampleReport([sampleLayer()]), recipe: quantized };
  const recipe = parseRecipe(analysisRecipe("m.onnx", ANSWERS, report));
  expect(recipe).toMatchObject({ equalize: "cle", relu6: "paper", biasCorrection: "analytic" });
});

test("data are asked for without activations, and are a recipe's calibration", () => {
  expect(calibrationOf(ANSWERS)).toEqual({
    data: "data/images.npy",
    labels: "data/labels.npy",
    samples: 64,
    scale: 1 / 255,
    mean: [0.5],
  });
  expect(calibrationOf({ ...ANSWERS, data: null })).toEqual({ random: true, samples: 64 });
  expect(dataAnswersOf(ANSWERS)).not.toHaveProperty("activations");
  expect(dataAnswersOf({ ...ANSWERS, samples: 0 })).toBeUndefined();
});

test("only complete answers are taken from what was kept", () => {
  expect(analysisAnswersOf(ANSWERS)).toEqual(ANSWERS);
  for (const kept of [undefined, null, {}, [], { ...ANSWERS, samples: 0 }, { ...ANSWERS, more: 1 }])
    expect(analysisAnswersOf(kept)).toBeUndefined();
});
