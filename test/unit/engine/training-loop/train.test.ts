import { describe, expect, it } from "vitest";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { runPipeline } from "../../../../src/engine/pipeline";
import type { Recipe } from "../../../../src/engine/recipe";
import { trainModel, type TrainingData } from "../../../../src/engine/training/train";
import type { TrainingCommand, TrainingEvent, TrainingHistogram } from "../../../../src/protocol/training";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { BitwrightError } from "../../../../src/protocol/errors";
import { sourceOf } from "../onnx/model-builder";
import { classifier, CLASSES, INPUTS, job, perceptron, points, residual, sha256, train } from "./networks";

async function errorOfRejection(work: Promise<unknown>): Promise<BitwrightError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BitwrightError);
  return error as BitwrightError;
}

/** Share of right answers of the quantized ONNX that the pipeline makes of a trained model by its recipe. */
async function deployedAccuracy(bytes: Uint8Array, recipe: Recipe): Promise<number> {
  const { samples, values, targets } = points(200, 4);
  const calibration = recipe.activations === undefined ? {} : { calibration: { data: "points" } };
  const { artifacts } = await runPipeline(
    sourceOf(bytes),
    { ...recipe, ...calibration, output: { ...recipe.output, emit: ["onnx"] } },
    {
      generatorVersion: "test",
      sha256,
      measuring: {
        runtime: loadOnnxRuntime,
        sensitivity: false,
        openDataset: () =>
          Promise.resolve({ ...samples, labels: null, notes: [], random: false, close: () => Promise.resolve() }),
      },
    },
  );
  const session = await InferenceSession.create(artifacts[0].bytes, { logSeverityLevel: 3 });
  const { y } = await session.run({ x: new Tensor("float32", values, [200, INPUTS]) });
  const scores = y.data as Float32Array;
  let correct = 0;
  for (let i = 0; i < 200; i++) {
    const own = scores.slice(i * CLASSES, (i + 1) * CLASSES);
    if (targets?.kind === "classes" && own.indexOf(Math.max(...own)) === targets.classes[i]) correct++;
  }
  return correct / 200;
}

const WEIGHTS = [
  { scheme: "ceil", bits: 1 },
  { scheme: "ceil", bits: 3, granularity: "tensor" },
  { scheme: "symmetric", bits: 3 },
  { scheme: "affine", bits: 3, granularity: "tensor" },
  { scheme: "pow2", bits: 4, clip: "mse" },
  { scheme: "block", bits: 4, granularity: "block", blockSize: 4 },
  { scheme: "log2", bits: 4 },
  { scheme: "codebook-uniform", bits: 3, granularity: "tensor" },
  { scheme: "codebook-kmeans", bits: 2, granularity: "tensor" },
  { scheme: "codebook-mixture", bits: 2, granularity: "tensor" },
];

describe("training", () => {
  it.each(WEIGHTS)(
    "with weights of $scheme, $bits bits: what is deployed is as accurate as reported",
    async (weights) => {
      const { report, bytes, recipe } = await train({ weights }, {});
      expect(report.best.accuracy!).toBeGreaterThan(report.before.accuracy!);
      expect(await deployedAccuracy(bytes, recipe)).toBe(report.deployed.accuracy);
    },
  );

  it("with soft weight sharing", async () => {
    const weights = { scheme: "codebook-mixture", bits: 2, granularity: "tensor" };
    const { report, bytes, recipe } = await train({ weights }, { weightSharing: 1e-4 });
    expect(report.best.accuracy!).toBeGreaterThan(report.before.accuracy!);
    expect(await deployedAccuracy(bytes, recipe)).toBe(report.deployed.accuracy);
  });

  it.each([
    [
      { scheme: "ceil", bits: 4 },
      { scheme: "affine", bits: 8 },
    ],
    [
      { scheme: "symmetric", bits: 2 },
      { scheme: "symmetric", bits: 8 },
    ],
    [
      { scheme: "pow2", bits: 3, granularity: "tensor" },
      { scheme: "pow2", bits: 8 },
    ],
    [
      { scheme: "codebook-kmeans", bits: 2, granularity: "tensor" },
      { scheme: "affine", bits: 8 },
    ],
    [
      { scheme: "block", bits: 4, granularity: "block", blockSize: 4 },
      { scheme: "affine", bits: 8 },
    ],
  ])(
    "with weights of %o and activations of %o: what the loop scored is what is deployed",
    async (weights, activations) => {
      const { report, bytes, recipe } = await train({ weights, activations }, {});
      expect(report.best.accuracy!).toBeGreaterThan(report.before.accuracy!);
      expect(report.deployed.accuracy).toBe(report.best.accuracy);
      expect(report.deployed.loss).toBeCloseTo(report.best.loss, 5);
      expect(await deployedAccuracy(bytes, recipe)).toBe(report.deployed.accuracy);
    },
  );

  it.each([1, 2, 4])("with activations of ceil, %i bits: ranges are deployed as they were trained", async (bits) => {
    const given = { weights: { scheme: "ceil", bits }, activations: { scheme: "ceil", bits } };
    const { report, bytes, recipe } = await train(given, {});
    expect(report.best.accuracy!).toBeGreaterThan(report.before.accuracy!);
    expect(report.deployed.accuracy).toBe(report.best.accuracy);
    expect(await deployedAccuracy(bytes, recipe)).toBe(report.deployed.accuracy);
  });

  it("with activations of ceil in a residual network: sums in front of the Add keep their sign", async () => {
    const given = await job({ weights: { scheme: "ceil", bits: 4 }, activations: { scheme: "ceil", bits: 4 } }, {});
    const { report, bytes, recipe } = await trainModel({ ...given, source: residual() });
    expect(report.best.accuracy!).toBeGreaterThan(report.before.accuracy!);
    expect(report.float.accuracy! - report.best.accuracy!).toBeLessThan(0);
    const ranges = Object.entries(recipe.activations!.ranges!).map(([name, [low]]) => [name, Math.sign(low)]);
    expect(Object.fromEntries(ranges)).toEqual({ x: -1, h1: 0, z2: -1, h2: 0, y: -1 });
    expect(report.deployed.accuracy).toBe(report.best.accuracy);
    expect(await deployedAccuracy(bytes, recipe)).toBe(report.deployed.accuracy);
  });

  it.each([
    { scheme: "affine", bits: 8 },
    { scheme: "ceil", bits: 3 },
  ])(
    "from corrected biases: it begins with less loss, and $scheme activations are deployed as they were trained",
    async (activations) => {
      const recipe = { weights: { scheme: "ceil", bits: 2 }, activations, biasCorrection: "empirical" };
      const settings = { loss: "distillation" };
      const distilled = async (given: typeof recipe) => ({ ...(await job(given, settings)), source: residual() });
      const { report: uncorrected } = await trainModel(await distilled({ ...recipe, biasCorrection: "none" }));
      const checkpoints: Uint8Array[] = [];
      const given = await distilled(recipe);
      const checkpoint = (state: Uint8Array) => void checkpoints.push(state.slice());
      const whole = await trainModel({ ...given, control: { ...given.control, checkpoint } });
      expect(whole.report.before.loss).toBeLessThan(uncorrected.before.loss);
      expect(whole.report.best.loss).toBeLessThan(whole.report.before.loss);
      // What corrected them is part of the weights' biases now: generating must not correct them again.
      expect(whole.recipe.biasCorrection).toBe("none");
      expect(whole.report.deployed.loss).toBeCloseTo(whole.report.best.loss, activations.scheme === "ceil" ? 2 : 5);
      const resumed = await trainModel({ ...(await distilled(recipe)), resumeFrom: checkpoints[1] });
      expect(resumed.bytes).toEqual(whole.bytes);
    },
  );

  it("with probabilities as output: the loss of the deployed codes is that of their scores, too", async () => {
    const recipe = { weights: { scheme: "symmetric", bits: 3 }, activations: { scheme: "affine", bits: 8 } };
    const { report } = await trainModel({ ...(await job(recipe, {})), source: classifier() });
    expect(report.deployed.loss).toBeCloseTo(report.best.loss, 5);
  });

  it.each([["fc2"], ["fc1"]])(
    "with %s alone trained, integer biases of the other follow the ranges",
    async (trained) => {
      const recipe = { weights: { scheme: "symmetric", bits: 3 }, activations: { scheme: "affine", bits: 8 } };
      const given = await job(recipe, { trained: [trained] });
      const { report } = await trainModel({ ...given, source: perceptron(16, 0.7) });
      expect(report.deployed.accuracy).toBe(report.best.accuracy);
      expect(report.deployed.loss).toBeCloseTo(report.best.loss, 5);
    },
  );

  it("with weights that no ONNX type holds: they are scored as they are, not quantized anew", async () => {
    const activations = { scheme: "affine", bits: 8 };
    const { report } = await train({ weights: { scheme: "log2", bits: 6 }, activations }, {});
    // Integer kernels would put these weights on 8-bit codes, which moves the loss by 1e-3.
    expect(report.deployed.loss).toBeCloseTo(report.best.loss, 5);
  });

  it("with layers by rule, kept in float, or not trained", async () => {
    const { bytes, recipe, report } = await train(
      { weights: { scheme: "symmetric", bits: 2 }, layers: { fc2: { keep: "float" } } },
      { trained: ["fc1"] },
    );
    expect(report.best.layers.map(({ name }) => name)).toEqual(["fc1"]);
    expect(await deployedAccuracy(bytes, recipe)).toBe(report.deployed.accuracy);
  });

  it("from the float model alone, biases only", async () => {
    const given = await job({ weights: { scheme: "ceil", bits: 2 } }, { trained: "biases" });
    const data = { ...given.training, targets: null };
    const { report } = await trainModel({ ...given, training: data, validation: { ...data } });
    expect(report.best.loss).toBeLessThan(report.before.loss);
    expect(report.best.accuracy!).toBeGreaterThan(report.before.accuracy!);
  });

  it("from the scores of another teacher", async () => {
    const given = await job({ weights: { scheme: "ceil", bits: 2 } }, { loss: "distillation", epochs: 8 });
    const always = (count: number): Float32Array =>
      Float32Array.from({ length: count * CLASSES }, (_, i) => (i % CLASSES === 1 ? 5 : 0));
    const taught = ({ samples }: TrainingData): TrainingData => ({
      samples,
      targets: { kind: "values", values: always(samples.count), dims: [CLASSES] },
    });
    const { report } = await trainModel({
      ...given,
      training: taught(given.training),
      validation: given.validation && taught(given.validation),
    });
    expect(report.float.accuracy!).toBeLessThan(0.7);
    expect(report.best.accuracy!).toBeGreaterThan(0.9);
  });

  it("gives the same model for the same seed, and another for another", async () => {
    const first = await train({ weights: { scheme: "ceil", bits: 2 } }, {});
    const again = await train({ weights: { scheme: "ceil", bits: 2 } }, {});
    const other = await train({ weights: { scheme: "ceil", bits: 2 } }, { seed: 2 });
    expect(again.bytes).toEqual(first.bytes);
    expect(other.bytes).not.toEqual(first.bytes);
  });

  it.each([
    [{ weights: { scheme: "ceil", bits: 2 }, activations: { scheme: "ceil", bits: 4 } }, { optimizer: "adam" }],
    [{ weights: { scheme: "codebook-kmeans", bits: 2 } }, { optimizer: "sgd", clipNorm: 1, learningRate: 0.1 }],
    [{ weights: { scheme: "codebook-mixture", bits: 2 } }, { weightSharing: 1e-4, kurtosis: 1e-3, skewness: 1e-3 }],
  ])("resumed from any checkpoint it ends as if never interrupted", async (recipe, settings) => {
    const checkpoints: Uint8Array[] = [];
    const checkpoint = (bytes: Uint8Array) => void checkpoints.push(bytes.slice());
    const whole = await train(recipe, settings, { checkpoint });
    expect(checkpoints).toHaveLength(4);
    for (const resumeFrom of checkpoints) {
      const resumed = await trainModel({ ...(await job(recipe, settings)), resumeFrom });
      expect(resumed.bytes).toEqual(whole.bytes);
      expect(resumed.recipe).toEqual(whole.recipe);
      expect(resumed.report).toEqual(whole.report);
    }
  });

  it.each(["pause", "a long epoch"])(
    "resumed from within an epoch after %s it ends as if never interrupted",
    async (why) => {
      const recipe = { weights: { scheme: "ceil", bits: 2 } };
      const checkpoints: Uint8Array[] = [];
      let time = 0;
      const said: (TrainingCommand | undefined)[] = [];
      const pausing = [{ kind: "pause" }, { kind: "resume" }, undefined] as const;
      const whole = await train(
        recipe,
        {},
        {
          checkpoint: (bytes) => void checkpoints.push(bytes.slice()),
          now: () => (time += why === "pause" ? 1000 : 40_000),
          command: () => {
            if (said.length === 0) said.push(...(why === "pause" ? pausing : [undefined]));
            return Promise.resolve(said.shift());
          },
        },
      );
      expect(checkpoints.length).toBeGreaterThan(40);
      for (const resumeFrom of [checkpoints[1], checkpoints[19], checkpoints[20], checkpoints[21]]) {
        const resumed = await trainModel({ ...(await job(recipe, {})), resumeFrom });
        expect(resumed.bytes).toEqual(whole.bytes);
        expect(resumed.report).toEqual(whole.report);
      }
    },
  );

  it("refuses checkpoints that are damaged or of another run", async () => {
    const checkpoints: Uint8Array[] = [];
    await train({}, { epochs: 1 }, { checkpoint: (bytes) => void checkpoints.push(bytes) });
    const [good] = checkpoints;
    const damaged = good.slice();
    damaged[good.length - 1] ^= 1;
    for (const [resumeFrom, settings] of [
      [damaged, { epochs: 1 }],
      [good.slice(0, 40), { epochs: 1 }],
      [new Uint8Array(0), { epochs: 1 }],
      [good, { epochs: 2 }],
    ] as const) {
      const error = await errorOfRejection(trainModel({ ...(await job({}, settings)), resumeFrom }));
      expect(error.code).toBe("checkpoint-invalid");
    }
  });

  it("stops at NaN with the step and the layer whose weights grew most", async () => {
    const error = await errorOfRejection(train({}, { optimizer: "sgd", learningRate: 1000, momentum: 0 }));
    expect(error).toMatchObject({ code: "training-diverged", place: { layer: "fc2" } });
    expect(error.problem).toMatch(/after step \d+ of 80/);
  });

  it("ends early when nothing gets better", async () => {
    const { report } = await train({}, { epochs: 50, learningRate: 1e-12, patience: 3 });
    expect(report).toMatchObject({ ended: "early-stop", epochs: 3, best: { epoch: 0 } });
  });

  it("tells of steps and evaluations, and obeys", async () => {
    const events: TrainingEvent[] = [];
    const commands: TrainingCommand[] = [
      { kind: "histogram", layer: "fc1" },
      { kind: "histogram", layer: "none" },
      { kind: "pause" },
      { kind: "histogram", layer: "fc2" },
      { kind: "resume" },
      { kind: "keep" },
    ];
    let time = 0;
    const { report } = await train(
      { weights: { scheme: "ceil", bits: 2 } },
      {},
      {
        now: () => (time += 1000),
        event: (event) => void events.push(event),
        command: () => Promise.resolve(commands.shift()),
      },
    );
    expect(report).toMatchObject({ ended: "kept", steps: 1 });
    expect(events.map((event) => (event.kind === "state" ? event.state : event.kind))).toEqual([
      "start",
      "evaluation",
      "step",
      "histogram",
      "paused",
      "histogram",
      "running",
      "stopping",
    ]);
    const shown = events.find((event) => event.kind === "histogram")!;
    expect(shown.counts.reduce((sum, count) => sum + count, 0)).toBe(16 * INPUTS);
    expect(shown.quantizedCounts.reduce((sum, count) => sum + count, 0)).toBe(16 * INPUTS);
  });

  it.each([
    [{ scheme: "symmetric", bits: 2, granularity: "tensor" }, {}, 3, null],
    [{ scheme: "codebook-mixture", bits: 2, granularity: "tensor" }, { weightSharing: 1e-4 }, 4, 4],
    [{ scheme: "symmetric", bits: 16, granularity: "tensor" }, {}, null, null],
  ])("shows the levels that weights settle on, and the mixture: %j", async (weights, settings, levels, components) => {
    const shown: TrainingHistogram[] = [];
    const commands: TrainingCommand[] = [{ kind: "histogram", layer: "fc1" }, { kind: "keep" }];
    let time = 0;
    await train({ weights }, settings, {
      now: () => (time += 1000),
      event: (event) => {
        if (event.kind === "histogram") shown.push(event);
      },
      command: () => Promise.resolve(commands.shift()),
    });
    expect(shown).toHaveLength(1);
    const [{ grid, mixture, min, max }] = shown;
    expect(grid?.levels.length ?? null).toBe(levels);
    expect(grid?.channel ?? null).toBeNull();
    expect(mixture?.length ?? null).toBe(components);
    for (const { mean } of mixture ?? []) expect(mean > min && mean < max).toBe(true);
  });

  it("leaves only the checkpoint when it is stopped", async () => {
    const control = { now: () => 1e9 * Math.random(), command: () => Promise.resolve({ kind: "stop" } as const) };
    expect((await errorOfRejection(train({}, {}, control))).code).toBe("cancelled");
  });

  it("refuses what does not fit", async () => {
    for (const [recipe, settings, code] of [
      [{ equalize: "cle" }, {}, "recipe-invalid"],
      [{}, { trained: ["none"] }, "layer-unknown"],
      [{}, { loss: "mean-squared-error" }, "data-missing"],
    ] as const) {
      expect((await errorOfRejection(train(recipe, settings))).code).toBe(code);
    }
  });
});
