import { expect, test } from "vitest";
import { NOT_MEASURED, type ModelNoise } from "../../../src/protocol/noise";
import {
  equalizationComparisonSchema,
  type EqualizationComparison,
} from "../../../src/protocol/equalization-comparison";
import type { ChannelFigures, Transforms } from "../../../src/protocol/transforms";
import type { Trial } from "../../../src/protocol/trial";
import { equalizationCsv } from "../../../webview/equalization/csv";
import { bestOutcome, outcomesOf, outcomeText } from "../../../webview/equalization/outcomes";
import { stateFor } from "../../../webview/equalization/state";
import { aboutText, chartSentence, layerSentence } from "../../../webview/equalization/sentences";
import { channelEntries, channelText, medianShare, sharesOfWidest } from "../../../webview/report/equalization/figures";
import { biasSentence, rangesSentence, treatmentSentence } from "../../../webview/report/equalization/sentences";
import { settingsOf, settingsText } from "../../../webview/report/equalization/settings";
import { gainOf, triedLayers } from "../../../webview/report/equalization/tried-layers";
import { sampleLayer, sampleNoise, sampleReport } from "./sample-report";

const figures: ChannelFigures = {
  layer: "conv",
  consumers: ["a", "b", "c", "d"],
  channels: 5,
  channelsPerEntry: 2,
  scales: [1, 4, 2],
  before: { weights: [8, 2, 4], activations: [4, 1, 1], next: [1, 1, 0] },
  after: { weights: [8, 8, 8], activations: [4, 4, 2], next: [1, 0.25, 0] },
};

const transforms: Transforms = {
  deadChannels: { mode: "fold", layers: [{ layer: "conv", zeroed: [1, 2], constant: [], unread: [] }] },
  equalization: {
    options: { method: "two-step", maxScale: 16, clip: "exact" },
    regions: [{ layers: ["conv"], consumers: ["a", "b", "c", "d"], common: 1, scaledClips: 0 }],
    left: [{ layer: "last", reason: '"y" is an output of the model.' }],
  },
  absorbed: [],
  figures: [figures],
  relativeDifference: 0,
};

test("entries of a wide layer stand for neighbouring channels, shares are of the widest", () => {
  expect(channelEntries(figures).map(channelText)).toEqual(["0 to 1", "2 to 3", "4"]);
  expect(sharesOfWidest([8, 2, 4])).toEqual([100, 25, 50]);
  expect(sharesOfWidest([0, 0])).toEqual([0, 0]);
  expect(medianShare([8, 2, 4])).toBe(50);
  expect(medianShare([])).toBe(0);
});

test("what was done to a layer, or why nothing was", () => {
  expect(rangesSentence("weights", figures)).toContain("takes 50 % of the widest one's range before and 100 % after");
  expect(treatmentSentence("conv", transforms)).toBe(
    "two-step: output channels multiplied by 1.00 to 4.00, and what reads it in a, b, c and 1 more divided by the same. " +
      "2 channels never change on the data: their kernels are zero now.",
  );
  expect(treatmentSentence("last", transforms)).toBe('Not equalized: "y" is an output of the model.');
  expect(treatmentSentence("other", transforms)).toBe("");
});

test("what became of a layer's bias", () => {
  const layer = { layer: "conv", correction: [0.5], errorBefore: 8, errorAfter: 2, kept: true };
  const left = [{ layer: "bare", reason: "It has no bias that could be corrected." }];
  const layers = [layer, { ...layer, layer: "last", errorAfter: 9, kept: false }];
  const corrections = { method: "empirical", layers, left, forwardPasses: 2 } as const;
  expect(biasSentence("conv", corrections)).toBe(
    "Bias corrected (empirical): the squared error after the activation is 25.0 % of what it was.",
  );
  expect(biasSentence("last", corrections)).toBe(
    "Bias as it was: empirical correction would not have lowered the error.",
  );
  expect(biasSentence("bare", corrections)).toBe("Bias not corrected: It has no bias that could be corrected.");
  expect(biasSentence("other", corrections)).toBe("");
});

test("a trial begins with what applied to the report", () => {
  const report = sampleReport([sampleLayer()]);
  expect(settingsOf(report)).toEqual({
    equalize: "none",
    equalizeMax: 16,
    relu6: "exact",
    deadChannels: "keep",
    biasCorrection: "none",
  });
  const settings = settingsOf({ ...report, recipe: { equalize: "cle", equalizeMax: 8, relu6: "paper" } });
  expect(settings).toMatchObject({ equalize: "cle", equalizeMax: 8, relu6: "paper", deadChannels: "fold" });
  expect(settingsText(settings)).toBe(
    "cle, scales up to 8, ReLU6 as in the paper, dead channels folded, no bias correction",
  );
  expect(settingsOf({ ...report, recipe: { equalize: "<script>", equalizeMax: "x" } }).equalize).toBe("none");
});

test("a trial stands beside the layers that both have figures of", () => {
  const report = sampleReport([sampleLayer({ noise: sampleNoise() }), sampleLayer({ name: "float" })]);
  const trial: Trial = {
    settings: settingsOf(report),
    layers: [{ weights: 50, activations: 45, both: null }, null],
    model: NOT_MEASURED,
  };
  const layers = triedLayers(report, trial);
  expect(layers.map(({ name }) => name)).toEqual(["conv"]);
  expect(gainOf(layers[0], "weights")).toBe(50 - (report.layers[0].noise?.isolated.weightsDb ?? 0));
  expect(gainOf(layers[0], "both")).toBeNull();
});

const model = (change: Partial<ModelNoise>): ModelNoise => ({ ...NOT_MEASURED, evaluationSamples: 64, ...change });

function sampleComparison(): EqualizationComparison {
  const ratios = (both: number | null) => ({ weights: both, activations: 50, both });
  const common = { left: [], relativeDifference: 0, deadChannels: 0 };
  return equalizationComparisonSchema.parse({
    generator: { name: "bitwright", version: "0.0.0" },
    version: 1,
    model: { name: "m.onnx", sha256: "ab" },
    recipe: {
      weights: { scheme: "symmetric", bits: 8, granularity: "tensor" },
      activations: { scheme: "affine", bits: 8 },
    },
    layers: [{ name: "=cmd()", op: "Conv", boundDb: 40 }],
    meanBoundDb: 40,
    variants: [
      {
        ...common,
        label: "none",
        settings: {},
        layers: [ratios(20)],
        mean: ratios(20),
        outcomes: [
          { biasCorrection: "none", model: model({ outputSqnrDb: 5, agreement: 0.5 }) },
          { biasCorrection: "empirical", model: model({ outputSqnrDb: 9, agreement: 0.7 }) },
        ],
      },
      {
        ...common,
        label: "two-step",
        settings: {},
        layers: [ratios(null)],
        mean: ratios(null),
        outcomes: [
          { biasCorrection: "none", model: model({ outputSqnrDb: 8, agreement: 0.7 }) },
          { biasCorrection: "empirical", model: model({ outputSqnrDb: 12, agreement: 0.7 }) },
        ],
      },
    ],
    notes: [],
  });
}

test("the best outcome: accuracy first, then agreement, then the outputs", () => {
  const outcomes = outcomesOf(sampleComparison());
  expect(outcomes.map(outcomeText)).toEqual(["none", "none + empirical", "two-step", "two-step + empirical"]);
  expect(bestOutcome(outcomes)).toBe(3);
  const labelled = outcomes.map((outcome, index) => ({
    ...outcome,
    model: { ...outcome.model, quantizedAccuracy: [0.5, 0.9, 0.5, 0.5][index] },
  }));
  expect(bestOutcome(labelled)).toBe(1);
});

test("the page comes back as it was left, but not for another model, nor with what is not there", () => {
  const comparison = sampleComparison();
  const best = { sha256: "ab", quantity: "both", layer: -1, outcome: 3, isOpen: false };
  const left = { sha256: "ab", quantity: "weights", layer: 0, outcome: 1, isOpen: true };
  expect(stateFor(comparison, JSON.parse(JSON.stringify(left)))).toEqual(left);
  for (const saved of [undefined, null, "ab", [], { ...left, sha256: "cd" }, { sha256: "ab" }]) {
    expect(stateFor(comparison, saved)).toEqual(best);
  }
  const wrong = { sha256: "ab", quantity: "bytes", layer: 1, outcome: 4, isOpen: "yes" };
  expect(stateFor(comparison, wrong)).toEqual(best);
});

test("a comparison in words", () => {
  const comparison = sampleComparison();
  expect(aboutText(comparison)).toBe("weights symmetric 8-bit tensor · activations affine 8-bit · 64 samples");
  expect(chartSentence(comparison, "both")).toContain("Means: none 20.0 dB, two-step exact, bound 40.0 dB.");
  expect(chartSentence(comparison, "weights")).not.toContain("bound");
  expect(layerSentence(comparison, 0, "both")).toBe("=cmd(): none 20.0 dB, two-step exact, bound 40.0 dB");
});

test("the table of values has a line a layer and variant and a line an outcome, and no formulas", () => {
  const lines = equalizationCsv(sampleComparison()).trimEnd().split("\r\n");
  expect(lines.length).toBe(1 + 2 + 4);
  expect(lines[1]).toBe("none,none,'=cmd(),20,50,20,40,,,,");
  expect(lines[6]).toBe("two-step,empirical,,,50,,40,12,0.7,,");
});
