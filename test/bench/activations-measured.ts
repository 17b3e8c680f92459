/**
 * One job over a model and a number of random images, and plain float inference of the same images before and after it:
 * `node … JOB MODEL COUNT` prints both times in milliseconds as JSON.
 */
import { readFileSync } from "node:fs";
import { activationParameters } from "../../src/engine/activations/parameters";
import { calibrate } from "../../src/engine/activations/calibrate";
import { planActivations } from "../../src/engine/activations/plan";
import { chooseRange } from "../../src/engine/activations/ranges";
import { batchSize, runBatches, type Samples } from "../../src/engine/activations/run";
import { measureCumulative } from "../../src/engine/analysis/noise/cumulative";
import { measureIsolated } from "../../src/engine/analysis/noise/isolated";
import { measureSensitivity } from "../../src/engine/analysis/noise/sensitivity";
import { findLayers } from "../../src/engine/graph/layers";
import { toChannelMajor } from "../../src/engine/graph/layout";
import { decodeModel } from "../../src/engine/onnx/decode";
import { findScheme } from "../../src/engine/schemes/registry";
import { recipeSchema } from "../../src/engine/recipe";
import { loadOnnxRuntime } from "../../src/runtime/onnxruntime";
import { randomValues, sourceOf } from "../unit/engine/onnx/model-builder";

const CALIBRATION_IMAGES = 8;
const DIMS = [3, 224, 224];
const SIZE = 3 * 224 * 224;

const [job, path, countText] = process.argv.slice(2);
const pool = randomValues(2 * SIZE, 1);

/** Images cut from one pool of random values, so that reading costs next to nothing. */
function images(count: number): Samples {
  return {
    count,
    fixedBatch: null,
    read: (start, number) => {
      const data = new Float32Array(number * SIZE);
      for (let i = 0; i < number; i++) {
        const from = ((start + i) * 977) % SIZE;
        data.set(pool.subarray(from, from + SIZE), i * SIZE);
      }
      return Promise.resolve({ input: { type: "float32", dims: [number, ...DIMS], data } });
    },
  };
}

const runtime = await loadOnnxRuntime();
const source = sourceOf(new Uint8Array(readFileSync(path)), "model.onnx");
const model = decodeModel(source);
const { layers } = findLayers(model);
const plan = planActivations(model, layers);
const samples = images(Number(countText));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function plainInference(batch: number): Promise<void> {
  const session = await runtime.createSession(source.bytes);
  await runBatches(session, samples, batch, {}, () => undefined);
  await session.release();
}

const calibration = await calibrate(model, plan, runtime, images(CALIBRATION_IMAGES));
const { shapes } = calibration;
const parameters = calibration.groups.map((group) => {
  const settings = { scheme: "affine", bits: 8 } as const;
  const { min, max } = chooseRange(group, { rule: "max" }, settings);
  return activationParameters(settings, min, max);
});
const { weights: settings } = recipeSchema.parse({ model: "model.onnx", output: { directory: "out" } });
const scheme = findScheme(settings.scheme)!;
const weights = new Map(
  layers.map((layer) => [layer.name, scheme.fit(toChannelMajor(layer.weight.values, layer.layout), settings)]),
);
const network = { model, layers, plan, parameters, weights };

const JOBS: Readonly<Record<string, () => Promise<unknown>>> = {
  calibrate: () => calibrate(model, plan, runtime, samples),
  isolated: () => measureIsolated(network, shapes, runtime, samples),
  cumulative: () => measureCumulative(network, shapes, runtime, samples, null),
  sensitivity: () => measureSensitivity(network, shapes, runtime, samples, null),
};
const work = JOBS[job];
const batch = batchSize(shapes, samples);
await timed(() => plainInference(batch));
const before = await timed(() => plainInference(batch));
const milliseconds = await timed(work);
const after = await timed(() => plainInference(batch));
process.stdout.write(JSON.stringify({ milliseconds, plain: Math.min(before, after), layers: layers.length }));
