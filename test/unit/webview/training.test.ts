import { expect, test } from "vitest";
import { fromTrainingPageSchema, type TrainingView } from "../../../src/protocol/training-page";
import { controlsOf } from "../../../webview/training/available-controls";
import { mixtureCounts } from "../../../webview/training/mixture-counts";
import {
  curveSentence,
  durationText,
  evaluationSentence,
  outcomeText,
  sqnrSentence,
  weightsSentence,
} from "../../../webview/training/sentences";

const evaluations = [
  { step: 0, epoch: 0, loss: 2, accuracy: 0.5, isBest: true },
  { step: 10, epoch: 1, loss: 0.5, accuracy: 0.75, isBest: true },
  { step: 20, epoch: 2, loss: 0.75, accuracy: 0.7, isBest: false },
];

const histogram = {
  kind: "histogram",
  step: 20,
  layer: "fc\u202e1",
  min: -1,
  max: 1,
  counts: [10, 20, 30, 40],
  quantizedCounts: [0, 50, 50, 0],
  grid: { channel: null, levels: [-1, 0, 1] },
  mixture: null,
} as const;

const view: TrainingView = {
  model: "m.onnx",
  epochs: 2,
  about: [],
  phase: "interrupted",
  start: null,
  steps: [],
  evaluations,
  layers: [],
  lastStep: null,
  secondsLeft: null,
  layer: null,
  histogram: null,
  report: null,
  failure: null,
  canResume: true,
  isTrusted: true,
};

test("charts are told in sentences", () => {
  expect(
    curveSentence("loss", [{ step: 20, loss: 0.25, accuracy: null }], evaluations, { loss: 0.125, accuracy: 0.9 }),
  ).toBe(
    "Line chart of the loss over the steps. Training: 0.25. Validation: 2 before, 0.75 now, 0.5 at best. Float model: 0.125.",
  );
  expect(curveSentence("accuracy", [], [], null)).toContain("Training: not known.");
  expect(
    sqnrSentence([
      { name: "a", before: 10, now: 12 },
      { name: "b", before: null, now: 8 },
    ]),
  ).toContain("SQNR of 2 layers: 8.0 dB to 12.0 dB, 10.0 dB to 10.0 dB before training.");
  expect(weightsSentence(histogram)).toBe(
    "Histogram of 100 weights of fc\\u{202e}1 from −1 to 1 at step 20. Lines: 3 levels of the codes.",
  );
  const mixture = [{ share: 1, mean: 0.5, deviation: 0.1 }];
  expect(weightsSentence({ ...histogram, mixture })).toContain("the means of 1 Gaussians, 0.5.");
});

test("epochs are announced, the best as such", () => {
  expect(evaluationSentence(evaluations[0], 2)).toBe("Before training: loss 2, accuracy 50.0 %.");
  expect(evaluationSentence(evaluations[1], 2)).toBe("Epoch 1 of 2: loss 0.5, accuracy 75.0 %, the best so far.");
  expect(evaluationSentence({ ...evaluations[2], accuracy: null }, 2)).toBe("Epoch 2 of 2: loss 0.75.");
});

test.each([
  [null, ""],
  [Infinity, ""],
  [0.2, "1 s"],
  [59.4, "59 s"],
  [61, "1 min"],
  [3600 * 2 + 300, "2 h 5 min"],
])("%s seconds are told as %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test("the end says why it is one", () => {
  expect(outcomeText({ ...view, phase: "running" })).toBe("");
  expect(outcomeText(view)).toContain("up to the last checkpoint is kept");
  expect(outcomeText({ ...view, canResume: false })).toContain("no checkpoint");
  const failure = { code: "training-diverged", message: 'Layer "a": no' } as const;
  expect(outcomeText({ ...view, phase: "failed", failure })).toBe('Layer "a": no');
});

test("there are buttons for what can be done, and no others", () => {
  const actions = (phase: TrainingView["phase"], canResume = false) =>
    controlsOf({ phase, canResume }).map(({ action }) => action);
  expect(actions("preparing")).toEqual(["discard"]);
  expect(actions("running")).toEqual(["pause", "keep", "discard"]);
  expect(actions("paused")).toEqual(["resume", "keep", "discard"]);
  expect(actions("done")).toEqual(["generate", "open-report", "open-model", "train-again"]);
  expect(actions("failed")).toEqual(["train-again"]);
  expect(actions("interrupted", true)).toEqual(["resume-checkpoint", "train-again", "discard"]);
});

test("the density of a mixture holds as many weights as the histogram", () => {
  const mixture = [
    { share: 0.25, mean: -0.3, deviation: 0.05 },
    { share: 0.75, mean: 0.4, deviation: 0.1 },
  ];
  const points = 1000;
  let sum = 0;
  for (let i = 0; i < points; i++) sum += mixtureCounts({ ...histogram, mixture }, -1 + (2 * (i + 0.5)) / points);
  expect((sum * histogram.counts.length) / points).toBeCloseTo(100, 3);
});

test("messages of another form are refused", () => {
  expect(fromTrainingPageSchema.safeParse({ kind: "action", action: "pause" }).success).toBe(true);
  for (const message of [
    { kind: "action", action: "format-disk" },
    { kind: "select", layer: -1 },
    { kind: "select", layer: 0, path: "/" },
  ]) {
    expect(fromTrainingPageSchema.safeParse(message).success).toBe(false);
  }
});
