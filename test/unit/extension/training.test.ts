import { expect, test } from "vitest";
import { parseRecipe } from "../../../src/engine/recipe";
import { BitwrightError } from "../../../src/protocol/errors";
import type { TrainingCommand, TrainingEvaluation, TrainingEvent, TrainingStart } from "../../../src/protocol/training";
import { aboutAnswers, trainingAnswersOf, trainingRecipe } from "../../../src/extension/training/answers";
import { RunHistory } from "../../../src/extension/training/history";
import { TrainingRun, type TrainingWorker } from "../../../src/extension/training/run";
import { parseStoredRun } from "../../../src/extension/training/stored-run";

const answers = {
  data: "data/digits.npy",
  labels: "data/labels.npy",
  preprocessing: { scale: 1 / 255 },
  quantization: { weights: { scheme: "ceil", bits: 4 } },
  activations: { scheme: "ceil", bits: 4 },
  settings: { epochs: 3, learningRate: 0.01 },
  directory: "trained",
} as const;

const start: TrainingStart = {
  kind: "start",
  loss: "cross-entropy",
  step: 0,
  steps: 20,
  stepsPerEpoch: 10,
  float: { loss: 0.1, accuracy: 0.9 },
  trainingSamples: 90,
  validationSamples: 10,
};

const stepAt = (step: number, stepsPerSecond = 10) =>
  ({ kind: "step", step, steps: 20, epoch: 1, loss: 1, accuracy: null, learningRate: 0.1, stepsPerSecond }) as const;

const evaluationAt = (step: number, sqnrDb: number | null, isBest = false): TrainingEvaluation => ({
  kind: "evaluation",
  step,
  steps: 20,
  epoch: step / 10,
  loss: 1,
  accuracy: null,
  isBest,
  layers: [
    { name: "a", sqnrDb },
    { name: "b", sqnrDb: 7 },
  ],
});

test("answers become a recipe that the engine takes, and words", () => {
  const known = trainingAnswersOf(answers)!;
  expect(known).toEqual(answers);
  const recipe = parseRecipe(trainingRecipe("models/digits.onnx", "digits", known));
  expect(recipe).toMatchObject({
    weights: { scheme: "ceil", bits: 4 },
    activations: { scheme: "ceil", bits: 4 },
    calibration: { data: "data/digits.npy", labels: "data/labels.npy", scale: 1 / 255 },
    output: { name: "digits" },
  });
  expect(aboutAnswers(known)).toEqual([
    "weights ceil:4",
    "activations ceil:4",
    "digits.npy with labels",
    "learningRate 0.01",
  ]);
});

test("without labels the float model is what is learned, and activations may stay float", () => {
  const known = trainingAnswersOf({ ...answers, labels: null, activations: null, settings: {} })!;
  const recipe = trainingRecipe("digits.onnx", "digits", known);
  expect(recipe["calibration"]).not.toHaveProperty("labels");
  expect(recipe).not.toHaveProperty("activations");
  expect(aboutAnswers(known)).toContain("digits.npy, distilled from the float model");
});

test("what is no complete set of answers is as none", () => {
  expect(trainingAnswersOf([{ fsPath: "/models" }])).toBeUndefined();
  expect(trainingAnswersOf({ ...answers, data: null })).toBeUndefined();
  expect(trainingAnswersOf({ ...answers, activations: { scheme: "none", bits: 8 } })).toBeUndefined();
});

test("the history keeps each layer's first ratio, and thins what is longer than a chart is wide", () => {
  const history = new RunHistory();
  history.begin(start);
  history.addEvaluation(evaluationAt(0, 20, true));
  history.addEvaluation(evaluationAt(10, null));
  expect(history.layers).toEqual([
    { name: "a", before: 20, now: null },
    { name: "b", before: 7, now: 7 },
  ]);
  for (let step = 1; step <= 5000; step++) history.addStep(stepAt(step));
  expect(history.steps.length).toBeLessThanOrEqual(1000);
  expect(history.steps[0].step).toBe(1);
  expect(history.steps.at(-1)!.step).toBe(5000);
});

test("the best evaluation is never thinned away", () => {
  const history = new RunHistory();
  for (let step = 0; step < 3000; step++) history.addEvaluation(evaluationAt(step, 1, step === 777));
  expect(history.evaluations.filter(({ isBest }) => isBest).map(({ step }) => step)).toEqual([777]);
});

test("a layer that was exact at first stays so in the history", () => {
  const history = new RunHistory();
  history.addEvaluation(evaluationAt(0, null));
  history.addEvaluation(evaluationAt(10, 30));
  expect(history.layers[0]).toEqual({ name: "a", before: null, now: 30 });
});

test("the time left follows the rate, and is not known before there is one", () => {
  const history = new RunHistory();
  history.begin(start);
  expect(history.secondsLeft).toBeNull();
  history.addStep(stepAt(10, 5));
  expect(history.secondsLeft).toBeCloseTo(2);
});

test("a run that goes on from a checkpoint forgets what came after that", () => {
  const before = new RunHistory();
  before.begin(start);
  for (const step of [5, 10, 15]) before.addStep(stepAt(step));
  before.addEvaluation(evaluationAt(10, 20));
  const { steps, evaluations, layers } = before;
  const stored = parseStoredRun(
    JSON.stringify({
      plan: { model: "file:///m.onnx", about: [], request: { ...requestOf(), recipe: { model: "m.onnx" } } },
      history: { start, steps, evaluations, layers },
    }),
  );
  const history = new RunHistory(stored!.history);
  history.begin({ ...start, step: 10 });
  expect(history.steps.map(({ step }) => step)).toEqual([5, 10]);
  expect(history.evaluations).toHaveLength(1);
});

test("a record of another form is as none", () => {
  expect(parseStoredRun("{")).toBeUndefined();
  expect(parseStoredRun(JSON.stringify({ plan: {}, history: {} }))).toBeUndefined();
});

test("a run follows the worker, tells it only what it can do, and ends its process", async () => {
  const { run, worker, emit } = runOn();
  const ending = run.start({ ...requestOf(), resume: false });
  run.pause();
  expect(worker.said).toEqual([]);
  emit(start);
  expect(run.phase).toBe("running");
  emit(evaluationAt(0, 20));
  run.pause();
  emit({ kind: "state", state: "paused" });
  expect(run.phase).toBe("paused");
  run.select(1);
  run.select(9);
  run.resume();
  emit({ kind: "state", state: "running" });
  run.keep();
  expect(run.phase).toBe("stopping");
  emit(stepAt(20));
  expect(run.phase).toBe("stopping");
  expect(worker.said).toEqual([
    { kind: "pause" },
    { kind: "histogram", layer: "b" },
    { kind: "resume" },
    { kind: "keep" },
  ]);
  worker.fail(new BitwrightError("training-diverged", "no", "", { layer: "a" }));
  expect(await ending).toBeUndefined();
  expect(run).toMatchObject({ phase: "failed", failure: { code: "training-diverged" } });
  expect(worker.disposed).toBe(true);
});

test("a histogram of a layer that is not looked at any more is dropped", () => {
  const { run, emit } = runOn();
  void run.start({ ...requestOf(), resume: false });
  emit(start);
  emit(evaluationAt(0, 20));
  const histogram = {
    kind: "histogram",
    step: 1,
    min: 0,
    max: 1,
    counts: [],
    quantizedCounts: [],
    grid: null,
    mixture: null,
  } as const;
  emit({ ...histogram, layer: "b" });
  expect(run.history.histogram).toBeNull();
  emit({ ...histogram, layer: "a" });
  expect(run.history.histogram?.layer).toBe("a");
});

test("a run whose process is ended is interrupted, not failed", async () => {
  const { run, worker } = runOn();
  const ending = run.start({ ...requestOf(), resume: false });
  worker.fail(new BitwrightError("cancelled", "ended", ""));
  await ending;
  expect(run.phase).toBe("interrupted");
});

function requestOf() {
  return { modelPath: "/m.onnx", baseDirectory: "/", recipe: {}, settings: {}, directory: "/trained" };
}

function runOn() {
  let fail: (error: BitwrightError) => void = () => undefined;
  let emit: (event: TrainingEvent) => void = () => undefined;
  const said: TrainingCommand[] = [];
  const worker = {
    said,
    disposed: false,
    fail: (error: BitwrightError) => {
      fail(error);
    },
    run: (_kind, _request, options) =>
      new Promise((_, reject) => {
        fail = reject;
        emit = (event) => options.training?.(event);
      }),
    tell: (command) => void said.push(command),
    dispose() {
      this.disposed = true;
    },
  } satisfies TrainingWorker & { said: unknown; fail: unknown; disposed: boolean };
  const ignore = (): void => undefined;
  const run = new TrainingRun(worker, { changed: ignore, stepped: ignore, drawn: ignore });
  return {
    run,
    worker,
    emit: (event: TrainingEvent) => {
      emit(event);
    },
  };
}
